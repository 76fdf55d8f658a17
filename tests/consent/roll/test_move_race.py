"""Schools claim a pupil, and confirm, at the same time: real connections, real commits (C6c)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from stdnum.gb.upn import calc_check_digit

from consent.models import Pupil, WaitingMove
from consent.roll import waiting_moves
from privacy_portal.ground.errors import NotNowError
from tests.commands import run
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import SchoolFactory
from tests.factories.ground import SchoolStaffFactory
from tests.races import in_thread, wait_until, waits_for_a_lock
from tests.rolls import OTHER_SCHOOL, import_as, pupil_row, roll_of


def test_two_schools_claim_one_child_at_once(committed, write):
    """Whichever comes first, nobody takes the other's pupil, and neither claim is lost."""
    first, second = (
        SchoolStaffFactory(
            school=SchoolFactory(urn=f"99000{number}"), email=f"s{number}@example.org"
        )
        for number in (1, 2)
    )
    for round_ in range(6):
        digits = f"3594001{round_:05}"
        number = calc_check_digit(digits) + digits
        rows = {
            user: pupil_row(
                UPN=number, Forename=f"R{round_}", School_URN=urn, School=f"School {urn}"
            )
            for user, urn in ((first, "990001"), (second, "990002"))
        }
        with ThreadPoolExecutor(2) as pool:
            done = [
                each.result(timeout=60)
                for each in [
                    pool.submit(
                        in_thread,
                        lambda user=user, row=row: import_as(
                            write, user, row, name=f"{user.pk}.csv"
                        ),
                    )
                    for user, row in rows.items()
                ]
            ]
        assert sorted(each.added for each in done) == [0, 1]
        assert sorted(len(each.waiting_moves) for each in done) == [0, 1]
        pupil = Pupil.objects.get(upns__upn=number)
        claim = WaitingMove.objects.get(pupil=pupil)
        assert claim.to_school != pupil.school


def test_a_move_is_confirmed_while_the_schools_next_roll_drops_it(committed, write):
    """The roll waits for the answer, and finds the pupil moved: as its whole roll lacks them, they left."""
    run("roll", "import", write(roll_of(pupil_row()), "r.csv"))
    ours, theirs = (
        SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="a@example.org"),
        SchoolStaffFactory(school=SchoolFactory(urn="990002"), email="b@example.org"),
    )
    import_as(write, theirs, pupil_row(**OTHER_SCHOOL))
    move = WaitingMove.objects.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            waiting_moves.confirm([move.pk], by=ours, at=NOON)
            row = pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL)
            later = pool.submit(in_thread, lambda: import_as(write, theirs, row, whole=True))
            wait_until(waits_for_a_lock)
            assert not later.done()
        assert later.result(timeout=60).left == 1
    move.refresh_from_db()
    assert move.state == WaitingMove.State.CONFIRMED


def test_a_roll_that_withdraws_a_move_leaves_nothing_to_confirm(committed, write):
    run("roll", "import", write(roll_of(pupil_row()), "r.csv"))
    ours, theirs = (
        SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="a@example.org"),
        SchoolStaffFactory(school=SchoolFactory(urn="990002"), email="b@example.org"),
    )
    import_as(write, theirs, pupil_row(**OTHER_SCHOOL))
    move = WaitingMove.objects.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            row = pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL)
            import_as(write, theirs, row, whole=True)
            answer = pool.submit(
                in_thread, lambda: waiting_moves.confirm([move.pk], by=ours, at=NOON)
            )
            wait_until(waits_for_a_lock)
            assert not answer.done()
        with pytest.raises(NotNowError):
            answer.result(timeout=60)
    assert Pupil.objects.get(upns__upn=UPN).school.urn == "990001"
