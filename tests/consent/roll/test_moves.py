"""School staff take no pupil of another school onto their roll: the row waits (C6c)."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consent.identities import merging, undoing
from consent.models import (
    Decision,
    FormerName,
    Pupil,
    PupilMerge,
    PupilMove,
    PupilUpn,
    RollContact,
    RollUpload,
    School,
    WaitingMove,
)
from consent.roll import waiting_moves
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from tests.commands import run
from tests.ctf import ctf
from tests.example import NOON, TWIN, UPN
from tests.factories.consent import DecisionFactory, PupilFactory, SchoolFactory
from tests.factories.ground import SchoolStaffFactory
from tests.log_entries import entries
from tests.rolls import OTHER_SCHOOL, import_as, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db
THIRD = "J352400120009"
MOVES = "/staff/roll/moves/"
HERE = {"School URN": "990001", "School": "Example High School"}
State = WaitingMove.State


@pytest.fixture
def ella(policy, write):
    run("roll", "import", write(roll_of(pupil_row(Parent_email="ben@example.org")), "r.csv"))
    return Pupil.objects.get()


@pytest.fixture
def ours(ella):
    return SchoolStaffFactory(school=SchoolFactory(urn="990001"), email="ours@example.org")


@pytest.fixture
def theirs(ella):
    School.objects.create(urn="990002", name="Other School")
    return SchoolStaffFactory(school=SchoolFactory(urn="990002"), email="theirs@example.org")


@pytest.fixture
def move(write, ella, theirs):
    """Ella waits to move to Other School."""
    import_as(write, theirs, pupil_row(Surname="Khan", Year_group="10", **OTHER_SCHOOL))
    return WaitingMove.objects.get()


class TestImport:
    def test_the_row_waits_and_changes_nothing(self, ella, move):
        before = ella.surname, ella.school, ella.year_group
        ella.refresh_from_db()
        assert (ella.surname, ella.school, ella.year_group) == before
        assert move.state == State.WAITING
        assert not PupilMove.objects.exists()
        (waits,) = entries("move-waits")
        assert (waits["person"], waits["to_school"]) == (str(ella.reference), "990002")

    @pytest.mark.parametrize(
        "row",
        [
            {"UPN": UPN},
            {"UPN": THIRD, "Former UPNs": UPN},
            {"UPN": UPN, "Former UPNs": TWIN},
            {"UPN": TWIN, "Former UPNs": UPN},
        ],
    )
    def test_by_whatever_number_it_means_the_pupil(self, write, ella, theirs, row):
        done = import_as(write, theirs, pupil_row(**row, **OTHER_SCHOOL))
        assert (done.added, done.moved, done.updated, len(done.waiting_moves)) == (0, 0, 0, 1)
        assert list(PupilUpn.objects.values_list("upn", flat=True)) == [UPN]

    def test_a_pupil_who_left_the_other_school_waits_too(self, write, ella, theirs):
        run(
            "roll",
            "import",
            write(roll_of(pupil_row(UPN=TWIN, Forename="Ann")), "w.csv"),
            "--whole",
        )
        done = import_as(write, theirs, pupil_row(**OTHER_SCHOOL))
        assert len(done.waiting_moves) == 1
        assert Pupil.objects.get(pk=ella.pk).left_on is not None

    def test_new_pupils_and_own_ones_do_not_wait(self, write, ella, theirs):
        rows = [pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL), pupil_row(**OTHER_SCHOOL)]
        assert import_as(write, theirs, *rows).added == 1
        done = import_as(write, theirs, pupil_row(UPN=TWIN, Forename="Anne", **OTHER_SCHOOL))
        assert (done.updated, done.waiting_moves) == (1, [])

    def test_two_numbers_of_one_pupil_of_another_school_are_not_given_away(self, write, theirs):
        run("roll", "import", write(roll_of(pupil_row(UPN=TWIN, Former_UPNs=UPN)), "f.csv"))
        rows = [pupil_row(UPN=UPN, **OTHER_SCHOOL), pupil_row(UPN=TWIN, **OTHER_SCHOOL)]
        assert len(import_as(write, theirs, *rows).waiting_moves) == 2
        assert WaitingMove.objects.count() == 1

    def test_another_childs_details_are_no_fault_that_tells_of_the_record(self, write, theirs):
        row = pupil_row(Surname="X", Forename="Y", DOB="2010-01-01", **OTHER_SCHOOL)
        assert import_as(write, theirs, row).identity_changes == []

    def test_a_whole_roll_neither_takes_nor_drops_who_waits(self, write, ella, ours, theirs):
        mine = pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL)
        import_as(write, theirs, mine)
        # Its row names Ella's number as a former one of Ann's.
        mixed = pupil_row(UPN=TWIN, Forename="Ann", Former_UPNs=UPN, **OTHER_SCHOOL)
        other = pupil_row(UPN=THIRD, Forename="Bea", **OTHER_SCHOOL)
        done = import_as(write, theirs, mixed, other, whole=True)
        assert (done.left, len(done.waiting_moves)) == (0, 1)
        assert not Pupil.objects.exclude(left_on=None).exists()

    def test_a_ctf_leaves_the_contacts_of_who_waits_alone(self, write, ella, theirs):
        School.objects.filter(urn="990002").update(laestab="3594001")
        RollContact.objects.create(pupil=ella, place=1, name="Old Contact")
        done = import_as(write, theirs, name="in.xml", text=ctf())
        assert len(done.waiting_moves) == 1
        assert [contact.name for contact in RollContact.objects.all()] == ["Old Contact"]

    def test_imported_again_it_waits_once_with_what_the_newer_file_says(self, write, move, theirs):
        import_as(write, theirs, pupil_row(Year_group="11", **OTHER_SCHOOL))
        assert WaitingMove.objects.get().row["cells"]["year_group"] == "11"
        assert len(entries("move-waits")) == 1

    def test_an_officers_import_moves_at_once_and_ends_the_waiting(self, write, ella, move):
        assert run("roll", "import", write(roll_of(pupil_row(**OTHER_SCHOOL)), "o.csv")).code == 0
        ella.refresh_from_db()
        assert ella.school.urn == "990002"
        move.refresh_from_db()
        assert (move.state, move.row) == (State.OVERTAKEN, {})
        assert len(entries("move-overtaken")) == 1

    def test_a_whole_roll_that_has_the_pupil_no_longer_asks_no_longer(self, write, move, theirs):
        import_as(write, theirs, pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL))
        move.refresh_from_db()
        assert move.state == State.WAITING
        import_as(write, theirs, pupil_row(UPN=TWIN, Forename="Ann", **OTHER_SCHOOL), whole=True)
        move.refresh_from_db()
        assert (move.state, move.row) == (State.WITHDRAWN, {})

    def test_the_command_reports_none_for_it_imports_for_the_council(self, write, ella):
        ran = run("roll", "import", write(roll_of(pupil_row(**OTHER_SCHOOL)), "o.csv"), "--json")
        assert json.loads(ran.out)["waiting_moves"] == []


class TestPreview:
    def test_it_tells_nothing_of_the_pupil_or_the_school(self, client, ella, theirs):
        client.force_login(theirs)
        page = upload_roll(client, roll_of(pupil_row(Forename="Guess", **OTHER_SCHOOL)))
        text = " ".join(page.text.split())
        assert "Waiting for another school: 1" in text
        assert f"Line 2, UPN {UPN}: Guess Barlow" in text
        for secret in ("Example High School", "Ella", "2012-05-05", str(ella.reference)):
            assert secret not in text
            assert secret not in json.dumps(RollUpload.objects.get().result)


class TestAnswer:
    def test_the_pupils_school_confirms_and_the_row_is_taken(self, ella, move, ours):
        DecisionFactory(pupil=ella)
        waiting_moves.confirm([move.pk], by=ours, at=NOON)
        ella.refresh_from_db()
        assert (ella.surname, ella.year_group, ella.school.urn) == ("Khan", "10", "990002")
        assert FormerName.objects.get().surname_folded == "barlow"
        assert PupilMove.objects.get().to_school.urn == "990002"
        assert Decision.objects.get().pupil == ella
        move.refresh_from_db()
        assert (move.state, move.row, move.answered_by) == (State.CONFIRMED, {}, ours)
        (entry,) = entries("move-confirmed")
        assert (entry["by"], entry["to_school"]) == (str(ours.reference), "990002")
        verify_log(lambda done: None)

    def test_a_column_the_file_lacked_stays(self, write, ella, ours, theirs):
        lines = f"UPN,Surname,Forename,DOB,School URN,School\r\n{UPN},Barlow,Ella,2012-05-05,990002,O\r\n"
        import_as(write, theirs, text=lines)
        waiting_moves.confirm([WaitingMove.objects.get().pk], by=ours, at=NOON)
        ella.refresh_from_db()
        assert (ella.parent_email, ella.school.urn) == ("ben@example.org", "990002")

    def test_a_new_number_becomes_the_present_one(self, write, ella, ours, theirs):
        import_as(write, theirs, pupil_row(UPN=THIRD, Former_UPNs=UPN, **OTHER_SCHOOL))
        waiting_moves.confirm([WaitingMove.objects.get().pk], by=ours, at=NOON)
        numbers = dict(ella.upns.values_list("upn", "present"))
        assert numbers == {UPN: False, THIRD: True}

    def test_a_ctfs_contacts_come_with_the_pupil(self, write, ella, ours, theirs):
        School.objects.filter(urn="990002").update(laestab="3594001")
        import_as(write, theirs, name="in.xml", text=ctf())
        waiting_moves.confirm([WaitingMove.objects.get().pk], by=ours, at=NOON)
        assert RollContact.objects.filter(pupil=ella).exists()

    def test_refused_it_changes_nothing_and_is_logged(self, ella, move, ours):
        waiting_moves.refuse(move.pk, note="Still with us", by=ours, at=NOON)
        ella.refresh_from_db()
        assert ella.school.urn == "990001"
        move.refresh_from_db()
        kept = {"cells": {"surname": "Khan", "forename": "Ella"}}
        assert (move.state, move.row, move.note) == (State.REFUSED, kept, "Still with us")
        assert len(entries("move-refused")) == 1

    def test_who_asked_cannot_answer_and_an_officer_can(self, move, theirs, officer):
        with pytest.raises(NotNowError):
            waiting_moves.confirm([move.pk], by=theirs, at=NOON)
        assert waiting_moves.confirm([move.pk], by=officer, at=NOON)

    def test_it_is_answered_once(self, move, ours):
        waiting_moves.confirm([move.pk], by=ours, at=NOON)
        with pytest.raises(NotNowError):
            waiting_moves.refuse(move.pk, note="", by=ours, at=NOON)

    def test_one_who_may_be_another_child_is_made_sure_of_first(self, write, ella, ours, theirs):
        import_as(write, theirs, pupil_row(Surname="X", Forename="Y", **OTHER_SCHOOL))
        move = WaitingMove.objects.get()
        with pytest.raises(NotNowError, match="another child"):
            waiting_moves.confirm([move.pk], by=ours, at=NOON)
        ella.refresh_from_db()
        assert ella.surname == "Barlow"
        waiting_moves.confirm([move.pk], same_child=True, by=ours, at=NOON)
        assert [entry["by"] for entry in entries("identity-confirmed")] == [str(ours.reference)]

    @pytest.mark.parametrize(
        ("numbers", "merged", "said"),
        [
            ({"UPN": UPN, "Former UPNs": TWIN}, False, "file has UPNs of 2 records"),
            ({"UPN": TWIN}, True, "This UPN now belongs to another record. Refuse the move."),
        ],
    )
    def test_one_whose_upns_have_come_to_mean_another_record_is_not_confirmed(
        self, write, client, ella, ours, theirs, officer, numbers, merged, said
    ):
        """A record was added under the former UPN, or the merge was undone that had brought it."""
        other = PupilFactory(upn=TWIN, school=ella.school) if merged else None
        if merged:
            merging.merge(other, ella, reason="x", by=officer, at=NOON)
        import_as(write, theirs, pupil_row(**numbers, **OTHER_SCHOOL))
        if merged:
            undoing.undo(PupilMerge.objects.get(), reason="y", by=officer, at=NOON)
        else:
            run("roll", "import", write(roll_of(pupil_row(UPN=TWIN)), "t.csv"))
        client.force_login(ours)
        page = client.post(f"{MOVES}{WaitingMove.objects.get().pk}/", {"answer": "yes"})
        assert said in page.text
        assert not PupilMove.objects.exists()
        assert {pupil.school.urn for pupil in Pupil.objects.all()} == {"990001"}

    def test_several_move_together_or_not_at_all(self, write, ella, ours, theirs):
        run("roll", "import", write(roll_of(pupil_row(UPN=TWIN, Forename="Ann")), "a.csv"))
        rows = [
            pupil_row(**OTHER_SCHOOL),
            pupil_row(UPN=TWIN, Forename="Z", Surname="Z", **OTHER_SCHOOL),
        ]
        import_as(write, theirs, *rows)
        numbers = [each.pk for each in WaitingMove.objects.order_by("pk")]
        with pytest.raises(NotNowError):
            waiting_moves.confirm(numbers, by=ours, at=NOON)
        assert WaitingMove.objects.filter(state=State.WAITING).count() == 2
        waiting_moves.confirm(numbers, same_child=True, by=ours, at=NOON)
        assert {pupil.school.urn for pupil in Pupil.objects.all()} == {"990002"}


class TestPages:
    def test_the_start_page_counts_what_the_list_shows(self, client, move, ours, theirs, officer):
        for user, number in ((ours, 1), (theirs, 0), (officer, 1)):
            client.force_login(user)
            assert ("1 pupil</a>" in client.get("/staff/").text) is bool(number)
            assert (
                client.get(MOVES).text.count('name="move"') == 0
            )  # the surname differs: look first
            assert waiting_moves.moves_for(user).count() == number

    def test_a_school_sees_what_it_waits_for_and_nothing_of_the_other(self, client, move, theirs):
        client.force_login(theirs)
        text = client.get(MOVES).text
        assert "Ella Khan, asked on" in text
        assert "Example High School" not in text
        assert client.get(f"{MOVES}{move.pk}/").status_code == 404

    def test_the_school_that_asked_sees_that_it_was_refused_until_it_says_so(
        self, client, move, ours, theirs, officer
    ):
        waiting_moves.refuse(move.pk, note="Lives with her aunt", by=ours, at=NOON)
        for user, number in ((ours, 0), (theirs, 1), (officer, 0)):
            client.force_login(user)
            assert ("have not moved to your school" in client.get("/staff/").text) is bool(number)
            assert ("Ella Khan" in client.get(MOVES).text) is bool(number)
            assert waiting_moves.refusals_for(user).count() == number
        client.force_login(theirs)
        page = client.get(MOVES).text
        for told_to_nobody in ("aunt", "Example High School", "Barlow"):
            assert told_to_nobody not in page
        assert waiting_moves.mark_seen([move.pk], by=ours, at=NOON) == 0
        assert "Marked as seen" not in client.post(MOVES, {"seen": [move.pk + 1]}, follow=True).text
        page = client.post(MOVES, {"seen": [move.pk, "²", "9" * 4_301]}, follow=True).text
        assert "Marked as seen" in page
        assert "Ella Khan" not in page
        assert "You have no tasks" in client.get("/staff/").text
        (entry,) = entries("move-refusal-seen")
        assert (entry["moves"], entry["by"]) == ([move.pk], str(theirs.reference))
        move.refresh_from_db()
        assert (move.state, move.row) == (State.REFUSED, {})
        with (
            pytest.raises(IntegrityError, match="waiting_move_row_kept_until_seen"),
            transaction.atomic(),
        ):
            WaitingMove.objects.update(row={"cells": {}})

    def test_one_that_nobody_answers_is_overdue_however_often_it_is_imported(
        self, client, write, move, theirs, officer
    ):
        WaitingMove.objects.update(since=NOON - timedelta(days=8))
        import_as(write, theirs, pupil_row(Surname="Khan", Year_group="10", **OTHER_SCHOOL))
        assert waiting_moves.overdue_for(officer, at=NOON - timedelta(days=1)).count() == 0
        assert waiting_moves.overdue_for(officer, at=NOON).count() == 1
        client.force_login(officer)
        assert "1 overdue" in client.get("/staff/").text
        assert "Overdue" in client.get(MOVES).text
        client.force_login(theirs)
        assert "verdue" not in client.get(MOVES).text

    def test_plain_ones_are_confirmed_by_a_tick(self, client, write, ella, ours, theirs):
        import_as(write, theirs, pupil_row(**OTHER_SCHOOL))
        client.force_login(ours)
        assert "No pupil" not in client.post(MOVES, {"move": []}, follow=True).text
        page = client.post(MOVES, {"move": [WaitingMove.objects.get().pk]}, follow=True)
        assert "1 pupil has moved" in page.text
        assert "There are none to answer" in page.text

    def test_one_is_looked_at_beside_the_record_and_answered(self, client, move, ours, ella):
        client.force_login(ours)
        page = client.get(f"{MOVES}{move.pk}/")
        assert "Khan" in page.text
        assert "Barlow" in page.text
        assert client.post(f"{MOVES}{move.pk}/", {}).status_code == 422
        page = client.post(f"{MOVES}{move.pk}/", {"answer": "no", "note": "Here"}, follow=True)
        assert "the pupil has not moved" in page.text

    def test_of_one_who_may_be_another_child_the_page_asks_for_certainty(
        self, client, write, ella, ours, theirs
    ):
        import_as(write, theirs, pupil_row(Surname="X", Forename="Y", **OTHER_SCHOOL))
        address = f"{MOVES}{WaitingMove.objects.get().pk}/"
        client.force_login(ours)
        assert "I am sure that this is the same child" in client.get(address).text
        unsure = client.post(address, {"answer": "yes"})
        assert unsure.status_code == 422
        assert "checked" not in unsure.text.split('name="same_child"')[1].split(">")[0]
        ticked = client.post(address, {"same_child": "on"})
        assert "checked" in ticked.text.split('name="same_child"')[1].split(">")[0]
        ella.refresh_from_db()
        assert ella.school.urn == "990001"
        assert client.post(address, {"answer": "yes", "same_child": "on"}).url == MOVES
        ella.refresh_from_db()
        assert ella.school.urn == "990002"

    def test_fifty_a_page_in_few_queries(self, client, write, ella, ours, theirs):
        import_as(write, theirs, pupil_row(**OTHER_SCHOOL))
        client.force_login(ours)
        with CaptureQueriesContext(connection) as queries:
            client.get(MOVES)
        assert len(queries) <= 14
