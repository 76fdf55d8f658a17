"""Staff who note the same child at once, and a file that is handed over meanwhile: over real connections."""

import random
from concurrent.futures import ThreadPoolExecutor

from django.db import transaction

from consent.models import Decision, Pupil
from consent.on_the_day.unwilling import record_unwilling
from privacy_portal.ground import days
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import DAY, NOON, UPN
from tests.factories.consent import scheme_of
from tests.factories.ground import OfficerFactory
from tests.races import at_once, in_thread, wait_until, waits_for_a_lock
from tests.rolls import ROLL_HEADINGS, pupil_row


def asked(write):
    """A child whom the programme of height and weight asks, the scheme, and an officer."""
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}", "r.csv"))
    scheme = scheme_of("height-weight")
    scheme.child_may_refuse = True
    scheme.save()
    return Pupil.objects.get(), scheme, OfficerFactory(email="one@example.org")


def test_members_of_staff_who_note_it_at_once_record_it_once(committed, write):
    pupil, scheme, by = asked(write)

    def note():
        return record_unwilling(scheme, [pupil], on=DAY, by=by, at=NOON)

    assert sorted(at_once(random.Random(1), *[(note,)] * 3, within=[0.02] * 3)) == [0, 0, 1]
    assert Decision.objects.count() == 1


def test_a_hand_over_waits_for_it_and_withholds_the_row(committed, write):
    """H2: what is being noted when the file goes is seen by it."""
    pupil, scheme, by = asked(write)
    file = write(f"UPN,Surname\r\n{UPN},Barlow\r\n", "hw.csv")
    request = Request(file, "hw.csv", "WIG-PH-HW", "height-weight-feedback", by)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            record_unwilling(scheme, [pupil], on=DAY, by=by, at=NOON)
            going = pool.submit(in_thread, lambda: hand_over(request, clock=days.now))
            wait_until(waits_for_a_lock)
            assert not going.done()
        done = going.result(timeout=90)
    assert done.file is None
    assert done.decision.rows.withheld == 1
