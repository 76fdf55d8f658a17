"""Two records are made one, or two again, while somebody opts out or a file is handed over: over two
real connections."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.db import transaction

from consent.identities import merging, undoing as merge_undoing
from consent.keying import keying
from consent.models import Decision, Pupil, PupilMerge, Scheme
from privacy_portal.ground import days
from privacy_portal.ground.days import start_of
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.commands import run
from tests.example import DAY, NOON, TWIN, UPN
from tests.factories.ground import OfficerFactory
from tests.races import in_thread, wait_until, waits_for_a_lock
from tests.rolls import ROLL_HEADINGS, pupil_row


def two_records(write):
    """Under UPN and TWIN; and two officers."""
    rows = pupil_row() + pupil_row(UPN=TWIN, Surname="Khan")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}", "r.csv"))
    kept, gone = (Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN))
    officers = [OfficerFactory(email=f"{name}@example.org") for name in ("one", "two")]
    return kept, gone, *officers


def phoned(pupil):
    return Decision(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out", by="parent",
        person_name="Ben", person_key="ben", channel="phone", received_at=start_of(DAY),
        submission=uuid4(),
    )  # fmt: skip


def test_an_opt_out_keyed_while_records_are_made_one_counts_for_the_one_that_stays(
    committed, write
):
    """It waits for the merge, and is not lost with the other record."""
    kept, gone, officer, second = two_records(write)
    given = phoned(gone)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merging.merge(gone, kept, reason="x", by=officer, at=NOON, agreed_by=second)
            keyed = pool.submit(
                in_thread, lambda: keying.key(given, scan=None, by=officer, at=days.now())
            )
            wait_until(waits_for_a_lock)
            assert not keyed.done()
        assert keyed.result(timeout=90).pupil == kept
    assert Decision.objects.get().pupil == kept


def test_an_opt_out_keyed_just_before_records_are_made_two_counts_for_both(committed, write):
    """The undoing waits for it."""
    kept, gone, officer, second = two_records(write)
    merging.merge(gone, kept, reason="x", by=officer, at=NOON, agreed_by=second)
    merged = PupilMerge.objects.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            keying.key(phoned(kept), scan=None, by=officer, at=days.now())
            undone = pool.submit(
                in_thread,
                lambda: merge_undoing.undo(merged, reason="Twins", by=second, at=days.now()),
            )
            wait_until(waits_for_a_lock)
            assert not undone.done()
        undone.result(timeout=90)
    assert set(Decision.objects.values_list("pupil", flat=True)) == {kept.pk, gone.pk}


def test_a_hand_over_waits_for_records_to_be_made_two_and_knows_both(committed, write):
    kept, gone, officer, second = two_records(write)
    keying.key(phoned(gone), scan=None, by=officer, at=days.now())
    merging.merge(gone, kept, reason="x", by=officer, at=NOON, agreed_by=second)
    merged = PupilMerge.objects.get()
    path = write(f"UPN,Telephone\r\n{UPN},1\r\n{TWIN},2\r\n", "extract.csv")
    request = Request(path, path.name, "WIG-CNX", "careers-guidance", officer)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            merge_undoing.undo(merged, reason="Twins", by=second, at=days.now())
            handed = pool.submit(in_thread, lambda: hand_over(request, clock=days.now))
            wait_until(waits_for_a_lock)
            assert not handed.done()
        done = handed.result(timeout=90)
    done.file.unlink()
    disclosure = done.disclosure
    # Ella's row goes, since the opt-out was about the other child; the other's does not go whole.
    assert disclosure.rows_released == 1
    assert disclosure.rows_reduced + disclosure.rows_withheld == 1
