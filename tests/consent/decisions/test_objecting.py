"""Objections (C10): counted at once for one recipient and purpose, decided, told before they end."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, strategies as st

from consent import rules
from consent.decisions import objecting
from consent.decisions.invalidating import mark_invalid
from consent.matter_lookup import objectionable_matters
from consent.models import (
    Decision,
    Invalidation,
    OptOutRequest,
    Ruling,
    RulingTold,
    UnconfirmedOptOut,
)
from notices.models import Purpose, Recipient
from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.basis_rules import PUBLIC_TASK, basis_in
from sharing.models import AgreementVersion, Recall
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from sharing.review.recalling import too_much
from tests import mails
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.consent import ObjectionFactory, PupilFactory
from tests.factories.ground import OfficerFactory
from tests.forms import OBJECTION, fill_in, object_online
from tests.races import in_thread, wait_until, waits_for_a_lock
from tests.rolls import ROLL_HEADINGS, pupil_row
from tests.unguarded import policy_unguarded

CHILD = {"date_of_birth": {"born_2": "2016"}, "who": {"by": "pupil"}}
EXTRACT = f"UPN,Sex,Year group\r\n{UPN},F,9\r\n"


def hand(write, officer, *, at=None, agreement="WIG-FFT", text=EXTRACT):
    """Hands over and says what became of the pupil's row."""
    path = write(text, f"{uuid4()}.csv")
    done = hand_over(
        Request(path, path.name, agreement, "performance-analysis", officer),
        clock=lambda: at or days.now(),
        keep_findings=True,
    )
    if done.file:
        done.file.unlink()
    if not done.decision.findings:
        return "released"
    finding = done.decision.findings[0]
    return f"{finding.outcome}: {finding.reason}"


@pytest.mark.django_db
class TestOnline:
    def test_what_rests_on_the_public_task_can_be_objected_to_and_nothing_else(
        self, policy, client
    ):
        keys = [matter.key for matter in objectionable_matters(DAY)]
        assert keys == [
            "object/alkemygold/performance-analysis", "object/fft/performance-analysis",
            "object/lancashire-cc/performance-analysis",
        ]  # fmt: skip
        page = client.get("/opt-out/").text
        assert "Object to other sharing" in page
        assert f"{OBJECTION}/who/" in page
        for other in ("connexions/careers-guidance", "public-health/health-statistics", "x/y"):
            assert client.get(f"/opt-out/object/{other}/who/").status_code == 404

    def test_the_code_of_a_purpose_may_have_a_point(self, policy, client):
        with policy_unguarded():
            Purpose.objects.filter(code="performance-analysis").update(code="performance.analysis")
        start = "/opt-out/object/fft/performance.analysis"
        assert f"{start}/who/" in client.get("/opt-out/").text
        assert client.get(f"{start}/who/").status_code == 200
        assert client.get(f"{start}/form.pdf").status_code == 200

    def test_an_agreement_on_another_basis_or_out_of_force_offers_none(self, policy, client):
        AgreementVersion.objects.filter(agreement__reference="WIG-FFT").update(
            terminated_on=date(2026, 11, 1)
        )
        assert len(objectionable_matters(DAY)) == 2
        assert client.get(f"{OBJECTION}/who/").status_code == 404

    def test_it_counts_at_once_for_that_recipient_and_purpose_alone(
        self, pupil, client, write, officer
    ):
        assert hand(write, officer) == "released"
        page = object_online(client)
        assert "Objection confirmed" in page.text
        assert "make a decision by 23 December 2026" in page.text
        decision = Decision.objects.get()
        assert (decision.choice, decision.scheme, decision.grounds) == (
            "objection",
            None,
            "We fled",
        )
        assert hand(write, officer) == "withheld: objected"
        assert hand(write, officer, agreement="WIG-LCC") == "released"
        entries = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
        recorded = next(entry for entry in entries if entry["event"] == "decision-recorded")
        assert (recorded["recipient"], recorded["purpose"]) == ("fft", "performance-analysis")
        verify_log(lambda done: None)

    def test_a_young_pupil_may_object_for_themself(self, policy, client):
        pupil = PupilFactory(born=date(2016, 5, 5))
        assert (
            "You can be any age, as long as you understand" in client.get(f"{OBJECTION}/who/").text
        )
        object_online(client, **CHILD)
        assert Decision.objects.get().by == "pupil"
        assert Decision.objects.get().pupil == pupil

    def test_the_same_answers_sent_for_a_scheme_are_another_matter(self, pupil, client):
        object_online(client)
        assert "Check your email to finish" in fill_in(client).text
        assert UnconfirmedOptOut.objects.get().choice == "opt-out"

    def test_one_that_fits_nobody_waits_and_is_matched_by_staff(self, pupil, officer, client):
        object_online(client, name={"surname": "Barlow-Smythe"})
        assert not Decision.objects.exists()
        sent = OptOutRequest.objects.get()
        client.force_login(officer)
        page = client.get(f"/staff/opt-outs/{sent.reference}/").text
        assert "Reasons for objecting" in page
        done = client.post(
            f"/staff/opt-outs/{sent.reference}/pupil/", {"pupil": str(pupil.reference)}
        )
        assert done.status_code == 302
        assert Decision.objects.get().received_at == sent.received_at
        assert objecting.objecting(
            Recipient.objects.get(code="fft").pk, "performance-analysis", NOON + timedelta(1)
        )

    def test_its_receipt_says_so_in_every_form(self, pupil, client):
        object_online(client)
        token = mails.link_in(mails.sent()[-1], "/opt-out/receipt/")
        assert (
            "It starts as soon as we have found the pupil in our records." in client.get(token).text
        )
        document = client.get(f"{token.rstrip('/')}.json").json()
        process = document["dpv:hasProcess"]
        assert process[0]["dpv:hasPurpose"][0]["dct:identifier"] == "performance-analysis"
        assert len(process) == 1
        assert document["dpv:hasRight"]["@id"] == "eu-gdpr:A21"
        assert "dpv:hasConsentStatus" not in document
        assert "Object: stop sharing with" in mails.sent()[-1].body
        assert "stronger" not in mails.sent()[-1].body

    def test_its_status_tells_until_when_it_is_decided(self, pupil, client):
        object_online(client)
        asked = {"reference": OptOutRequest.objects.get().reference, "email": "ben@example.org"}
        page = client.post("/opt-out/status/", asked).text
        assert "we will do so by 23 December 2026" in page

    def test_its_paper_form_is_a_pdf(self, policy, client):
        form = client.get(f"{OBJECTION}/form.pdf")
        assert form.status_code == 200
        assert b"".join(form)[:5] == b"%PDF-"


@pytest.mark.django_db
class TestKeying:
    def keyed(self, client, pupil, **changes):
        return client.post("/staff/opt-outs/paper/", {
            "submission": uuid4(), "q": "barlow ella", "pupil": pupil.reference,
            "scheme": "object/fft/performance-analysis", "choice": "opt-out", "by": "parent",
            "person_name": "Ben Barlow", "relation": "Father", "email": "", "channel": "paper",
            "signed_on": "19/11/2026", "received_on": "20/11/2026", "grounds": "We fled", **changes,
        })  # fmt: skip

    def test_one_on_paper_counts_from_the_day_it_was_received(self, pupil, officer, client, write):
        client.force_login(officer)
        assert self.keyed(client, pupil).status_code == 302
        decision = Decision.objects.get()
        assert (decision.choice, decision.channel) == ("objection", "paper")
        assert hand(write, officer) == "withheld: objected"

    def test_a_call_will_do(self, pupil, officer, client):
        client.force_login(officer)
        assert self.keyed(client, pupil, channel="phone", signed_on="").status_code == 302

    def test_the_reason_belongs_to_objections_and_taking_back_to_officers(
        self, pupil, officer, client
    ):
        client.force_login(officer)
        wrong = self.keyed(client, pupil, choice="opt-in")
        assert "Ask a council officer" in wrong.text
        assert "does not need a reason" in self.keyed(client, pupil, scheme="connexions").text
        assert not Decision.objects.exists()


@pytest.mark.django_db
class TestDeciding:
    def test_it_counts_while_nobody_decides_however_long(self, pupil, officer, write):
        ObjectionFactory(pupil=pupil)
        assert hand(write, officer, at=NOON + timedelta(days=200)) == "withheld: objected"

    def test_compelling_grounds_end_it_seven_days_after_the_mail_has_gone(
        self, pupil, officer, write
    ):
        decision = ObjectionFactory(pupil=pupil, email="ben@example.org")
        objecting.rule(decision, Ruling.Kind.GROUNDS, reason="Strong", by=officer, at=NOON)
        assert objecting.settle(at=NOON) == 0
        assert hand(write, officer, at=NOON + timedelta(days=100)) == "withheld: objected"
        assert "Strong" in mails.sent()[-1].body
        told = NOON + timedelta(days=1)
        assert objecting.settle(at=told) == 1
        assert objecting.settle(at=told) == 0
        assert hand(write, officer, at=told + timedelta(days=6, hours=23)) == "withheld: objected"
        assert hand(write, officer, at=told + timedelta(days=7, minutes=2)) == "released"

    def test_a_mail_that_was_deleted_told_nobody(self, pupil, officer):
        decision = ObjectionFactory(pupil=pupil, email="ben@example.org")
        ruling = objecting.rule(decision, Ruling.Kind.GROUNDS, reason="S", by=officer, at=NOON)
        Message.objects.filter(key=ruling.mail).delete()
        assert objecting.settle(at=NOON + timedelta(days=30)) == 0
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        assert RulingTold.objects.get().by == officer
        with pytest.raises(NotNowError):
            objecting.tell(ruling, note="Again", by=officer, at=NOON)

    def test_upheld_it_counts_for_good(self, pupil, officer, write):
        decision = ObjectionFactory(pupil=pupil)
        ruling = objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        assert not objecting.waiting_objections().exists()
        assert hand(write, officer, at=NOON + timedelta(days=100)) == "withheld: objected"
        with pytest.raises(NotNowError):
            objecting.rule(decision, Ruling.Kind.GROUNDS, reason="No", by=officer, at=NOON)
        taken = objecting.rule(
            decision, Ruling.Kind.WITHDRAWN, reason="By phone", by=officer, at=NOON
        )
        objecting.tell(taken, note="By letter", by=officer, at=NOON)
        assert hand(write, officer, at=NOON + timedelta(days=7, minutes=2)) == "released"

    def test_grounds_can_give_way_until_it_has_ended(self, pupil, officer, write):
        decision = ObjectionFactory(pupil=pupil)
        ruling = objecting.rule(decision, Ruling.Kind.GROUNDS, reason="S", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        soon, late = NOON + timedelta(days=6), NOON + timedelta(days=8)
        with pytest.raises(NotNowError, match="has ended"):
            objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=late)
        objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=soon)
        assert hand(write, officer, at=late) == "withheld: objected"

    def test_one_of_two_that_ends_leaves_the_other(self, pupil, officer, write):
        ended, _ = ObjectionFactory(pupil=pupil), ObjectionFactory(pupil=pupil)
        ruling = objecting.rule(ended, Ruling.Kind.GROUNDS, reason="S", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        assert hand(write, officer, at=NOON + timedelta(days=8)) == "withheld: objected"

    def test_an_invalid_one_counts_at_no_time_and_is_not_decided(self, pupil, officer, write):
        decision = ObjectionFactory(pupil=pupil)
        mark_invalid(decision, kind=Invalidation.Kind.OTHER, reason="A joke", by=officer, at=NOON)
        assert hand(write, officer) == "released"
        with pytest.raises(NotNowError):
            objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)

    def test_officers_are_reminded_before_and_after_the_month(self, pupil, officer):
        ObjectionFactory(pupil=pupil)
        assert objecting.remind(at=NOON + timedelta(days=20)) == 0
        assert objecting.remind(at=NOON + timedelta(days=24)) == 1
        assert objecting.remind(at=NOON + timedelta(days=25)) == 0
        assert objecting.remind(at=NOON + timedelta(days=31)) == 1

    def test_the_pupils_page_shows_it_and_what_would_go(self, pupil, officer, client, write):
        ObjectionFactory(pupil=pupil)
        run(
            "roll",
            "import",
            write(f"{ROLL_HEADINGS}\r\n{pupil_row(UPN=TWIN, Forename='Erin')}", "roll.csv"),
        )
        assert hand(write, officer, text=f"{EXTRACT}{TWIN},F,9\r\n") == "withheld: objected"
        client.force_login(officer)
        page = client.get(f"/staff/pupils/{pupil.reference}/").text
        assert "Decision due" in page
        assert "There is an objection to sharing with this organisation" in page
        assert "nothing shared" in page

    def test_every_step_is_in_the_log(self, pupil, officer):
        decision = ObjectionFactory(pupil=pupil)
        ruling = objecting.rule(decision, Ruling.Kind.UPHELD, reason="Yes", by=officer, at=NOON)
        objecting.tell(ruling, note="By letter", by=officer, at=NOON)
        events = [json.loads(bytes(entry.body))["event"] for entry in Entry.objects.order_by("seq")]
        assert events[-3:] == ["decision-recorded", "objection-upheld", "objection-told"]

    def test_the_database_keeps_objections_and_schemes_apart(self, pupil):
        decision = ObjectionFactory(pupil=pupil)
        with pytest.raises(IntegrityError, match="decision_about_one_thing"), transaction.atomic():
            Decision.objects.create(**{
                **{name: getattr(decision, name) for name in (
                    "pupil", "recipient", "purpose", "by", "person_name", "person_key", "channel",
                    "received_at", "recorded_at",
                )}, "choice": "opt-out",
            })  # fmt: skip


@pytest.mark.django_db
class TestLate:
    def test_what_went_before_it_was_known_is_called_back_whole(self, pupil, officer, write):
        hand(write, officer, at=NOON - timedelta(days=2))
        decision = ObjectionFactory(pupil=pupil, received_at=NOON - timedelta(days=3))
        recall = Recall.objects.get()
        assert recall.decision == decision
        assert too_much(recall) == ["pupil.sex", "pupil.upn", "pupil.year_group"]

    def test_another_purpose_or_recipient_is_not(self, pupil, officer, write):
        hand(write, officer, at=NOON - timedelta(days=2), agreement="WIG-LCC")
        ObjectionFactory(pupil=pupil, received_at=NOON - timedelta(days=3))
        assert not Recall.objects.exists()

    def test_its_letter_speaks_of_an_objection(self, pupil, officer, write, client):
        hand(write, officer, at=NOON - timedelta(days=2))
        ObjectionFactory(pupil=pupil, received_at=NOON - timedelta(days=3))
        client.force_login(officer)
        page = client.get(f"/staff/disclosures/recalls/{Recall.objects.get().pk}/").text
        assert "Objection received" in page


def test_a_hand_over_waits_for_an_objection_under_way_and_honours_it(committed, write):
    pupil = PupilFactory(upn=UPN)
    officer = OfficerFactory(email="officer@example.org")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ObjectionFactory(pupil=pupil)
            handing = pool.submit(in_thread, lambda: hand(write, officer, at=days.now()))
            wait_until(waits_for_a_lock)
            assert not handing.done()
        assert handing.result(timeout=90) == "withheld: objected"


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
facts = st.builds(
    rules.Objection, received=instants, invalid=st.booleans(),
    ruling=st.sampled_from([None, *rules.RulingKind]), told_at=st.none() | instants,
)  # fmt: skip


@given(facts, instants)
def test_an_objection_stops_only_when_invalid_or_told_a_week_ago_that_it_does_not_stand(each, at):
    counts = rules.objection_counts(each, at)
    if at < each.received or each.invalid:
        assert not counts
    elif not counts:
        assert each.ruling in (rules.RulingKind.GROUNDS, rules.RulingKind.WITHDRAWN)
        assert each.told_at is not None
        assert days.day_of(at) - days.day_of(each.told_at) >= timedelta(days=7)


@pytest.mark.parametrize(
    ("received", "due"),
    [("2026-11-23", "2026-12-23"), ("2026-12-31", "2027-01-31"), ("2027-01-31", "2027-02-28")],
)
def test_a_month_ends_on_the_same_day_or_the_months_last(received, due):
    assert rules.objection_due(date.fromisoformat(received)) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("written", "rests"),
    [
        ("UK GDPR Article 6(1)(e), public task", True), ("Art. 6 (1) (e)", True),
        ("Public task", True), ("UK GDPR Article 6(1)(c), legal obligation", False), ("", False),
    ],
)  # fmt: skip
def test_the_public_task_is_read_from_the_agreements_own_words(written, rests):
    assert (basis_in(written) == PUBLIC_TASK) is rests
