"""C3: nothing is received after today, nor signed after it was received, whatever way it comes in."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from consent.decisions.recording import record
from consent.errors import MisdatedError
from consent.keying import keying
from consent.models import Decision, Scheme
from privacy_portal.ground.days import LONDON, day_of, start_of
from tests.commands import run
from tests.example import DAY, NOON, UPN

HEADINGS = "UPN,Scheme,Decision,By,Person,Received on,Channel,Invalid because"


def taken(write, *days, options=()):
    rows = "".join(f"{UPN},connexions,opt-out,parent,Ben Barlow,{day},paper,\r\n" for day in days)
    return run("opt_outs", "import", write(f"{HEADINGS}\r\n{rows}", "o.csv"), *options)


@pytest.mark.django_db
class TestImport:
    @pytest.mark.parametrize("day", ["2026-11-24", "24/11/2026", "2062-11-23", "01.01.2100"])
    @pytest.mark.parametrize("options", [(), ("--check",)])
    def test_a_day_after_today_is_a_fault_with_line_and_column(self, pupil, write, day, options):
        ran = taken(write, "2026-11-23", day, options=options)
        assert ran.code == 2
        assert 'line 3, column "Received on"' in ran.said
        assert "is after today, 23 November 2026" in ran.said
        assert not Decision.objects.exists()

    def test_today_is_the_day_in_london(self, pupil, write, time_machine):
        # In summer London is an hour ahead: there it is the 16th already.
        time_machine.move_to(datetime(2026, 7, 16, 0, 30, tzinfo=LONDON), tick=False)
        assert taken(write, "2026-07-16").code == 0
        assert taken(write, "2026-07-17").code == 2
        time_machine.move_to(datetime(2026, 7, 15, 23, 30, tzinfo=LONDON), tick=False)
        assert taken(write, "2026-07-16").code == 2


@pytest.mark.django_db
class TestRecording:
    def keyed(self, pupil, officer, *, signed, received):
        decision = self.decision(
            pupil, start_of(received), channel="paper", signed_on=signed, submission=uuid4()
        )
        return keying.key(decision, scan=None, by=officer, at=NOON)

    def test_no_caller_records_a_day_to_come(self, pupil, officer):
        tomorrow = DAY + timedelta(days=1)
        with pytest.raises(MisdatedError, match="Date received must be today or in the past"):
            self.keyed(pupil, officer, signed=DAY, received=tomorrow)
        with pytest.raises(MisdatedError, match="Date signed must be the same as or before"):
            self.keyed(pupil, officer, signed=DAY, received=DAY - timedelta(days=1))
        assert not Decision.objects.exists()
        self.keyed(pupil, officer, signed=DAY, received=DAY)
        assert day_of(Decision.objects.get().received_at) == DAY

    def decision(self, pupil, received, **more):
        return Decision(
            pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out",
            by="parent", person_name="Ben", person_key="ben", received_at=received,
            recorded_at=NOON, **more,
        )  # fmt: skip

    def test_an_opt_out_sent_online_is_taken_from_a_server_whose_clock_is_ahead(self, pupil):
        sent = start_of(DAY + timedelta(days=1)) + timedelta(seconds=30)
        record([self.decision(pupil, sent, channel="online")], by=None, at=NOON)
        assert Decision.objects.count() == 1

    def test_the_database_refuses_a_receipt_long_after_the_recording(self, pupil):
        for years in (1, 36):
            far = NOON + timedelta(days=365 * years)
            with (
                pytest.raises(IntegrityError, match="decision_received_before_recorded"),
                transaction.atomic(),
            ):
                self.decision(pupil, far, channel="online").save()
