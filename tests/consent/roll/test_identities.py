"""Rows that may be of another child than the record with their UPN (C6a), and impossible births (C6d)."""

import json

import pytest

from consent.models import Pupil, RollUpload
from privacy_portal.ground.log.models import Entry
from tests import mails
from tests.commands import run
from tests.example import TWIN, UPN
from tests.places import DATA
from tests.rolls import ROLL_PAGE, accept_roll, import_roll_json, pupil_row, roll_of, upload_roll

pytestmark = pytest.mark.django_db
OTHER = {"Surname": "Somebody", "Forename": "Else", "DOB": "2013-12-12"}
THIRD = "J352400120009"


def confirmed():
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
    return [body for body in bodies if body["event"] == "identity-confirmed"]


def test_another_surname_forename_and_birth_is_a_fault_that_says_what_to_do(policy, write):
    first = "M359400126006,Order,Consent,2011-03-04,990001,Example High School\r\n"
    import_roll_json(write, first, headings="UPN,Surname,Forename,DOB,School URN,School")
    file = DATA / "awkward" / "roll-other-child.csv"
    ran = run("roll", "import", file, "--json")
    assert ran.code == 2
    assert (
        'line 2, column "UPN": the last name, first name and date of birth are different'
        in ran.said
    )
    assert "--confirm-identities" in ran.said
    assert json.loads(ran.out) == {
        "stored": False,
        "identity_changes": [
            {
                "line": 2,
                "upn": "M359400126006",
                "changed": ["surname", "forename", "born"],
                "exchanged": False,
            }
        ],
    }
    assert Pupil.objects.get().surname == "Order"
    done = run("roll", "import", file, "--confirm-identities")
    assert done.code == 0
    assert "1 pupils given another name or date of birth" in done.out
    assert Pupil.objects.get().surname == "Somebody"
    assert [each["changed"] for each in confirmed()] == [["surname", "forename", "born"]]


def test_in_words_the_command_says_how_to_confirm(policy, write):
    import_roll_json(write, pupil_row())
    ran = run("roll", "import", write(roll_of(pupil_row(**OTHER)), "roll.csv"))
    assert (ran.code, ran.out) == (2, "")
    assert "import the file again with --confirm-identities." in ran.said
    assert Pupil.objects.get().surname == "Barlow"


@pytest.mark.parametrize(
    "change",
    [{"Surname": "BÁR-LOW"}, {"Surname": "Khan"}, {"Forename": "Elsa"}, {"DOB": "2012-05-06"}],
)
def test_one_detail_changes_without_a_question(policy, write, change):
    import_roll_json(write, pupil_row())
    assert json.loads(import_roll_json(write, pupil_row(**change)).out)["identity_changes"] == []


def test_a_spelling_of_the_surname_and_another_forename_are_one_change(policy, write):
    import_roll_json(write, pupil_row(Surname="O’Neill"))
    assert import_roll_json(write, pupil_row(Surname="ONEILL", Forename="Elsa")).code == 0


def test_a_former_upn_that_names_another_child_is_a_fault_too(policy, write):
    import_roll_json(write, pupil_row(UPN=TWIN, Former_UPNs=UPN))
    assert "may be another child" in import_roll_json(write, pupil_row(UPN=UPN, **OTHER)).said
    assert (
        "may be another child"
        in import_roll_json(write, pupil_row(UPN=THIRD, Former_UPNs=UPN, **OTHER)).said
    )


def test_twins_whose_rows_exchange_their_names_are_a_fault_in_both_lines(policy, write):
    ann, bea = pupil_row(Forename="Ann"), pupil_row(UPN=TWIN, Forename="Bea")
    import_roll_json(write, ann, bea)
    ran = import_roll_json(write, pupil_row(Forename="Bea"), pupil_row(UPN=TWIN, Forename="Ann"))
    assert ran.code == 2
    assert 'line 2, column "UPN": the names are those of another pupil in the file' in ran.said
    assert 'line 3, column "UPN"' in ran.said
    assert [each["exchanged"] for each in json.loads(ran.out)["identity_changes"]] == [True, True]


def test_three_names_that_go_round_are_found_across_batches(policy, write, monkeypatch):
    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", 1)
    numbers = (UPN, TWIN, THIRD)
    import_roll_json(
        write,
        *(pupil_row(UPN=each, Forename=name) for each, name in zip(numbers, "XYZ", strict=True)),
    )
    ran = import_roll_json(
        write,
        *(pupil_row(UPN=each, Forename=name) for each, name in zip(numbers, "YZX", strict=True)),
    )
    assert ran.said.count("may be another child") == 3


@pytest.mark.parametrize(
    "born", ["0211-03-04", "2211-03-04", "1990-01-01", "2026-11-24", "04/03/0211"]
)
def test_a_birth_that_makes_no_pupil_is_a_fault_with_line_and_column(policy, write, born):
    ran = import_roll_json(write, pupil_row(DOB=born))
    assert ran.code == 2
    assert 'line 2, column "DOB"' in ran.said
    assert "Check the year of the date of birth" in ran.said
    assert not Pupil.objects.exists()


def test_a_former_pupil_whose_year_group_tells_the_age_is_none(policy, write):
    assert import_roll_json(write, pupil_row(DOB="1992-04-14", Year_group="29")).code == 0
    assert import_roll_json(write, pupil_row(UPN=TWIN, DOB="1992-04-14", Year_group="9")).code == 2


class TestPage:
    @pytest.fixture
    def questioned(self, signed_in, client, write):
        import_roll_json(write, pupil_row(), pupil_row(UPN=TWIN, Forename="Ann"))
        return upload_roll(
            client, roll_of(pupil_row(**OTHER), pupil_row(UPN=TWIN, Forename="Anne"))
        )

    def test_each_row_is_a_question_of_its_own_that_says_what_changes(self, questioned):
        text = " ".join(questioned.text.split())
        assert "May be another child: 1" in text
        assert f"Line 2, UPN {UPN}: it is the same child" in text
        assert "Last name: Barlow becomes Somebody. First name: Ella becomes Else." in text

    def test_without_its_tick_nothing_is_imported(self, questioned, client):
        upload = RollUpload.objects.get()
        page = client.post(f"{ROLL_PAGE}{upload.pk}/import/")
        assert page.status_code == 422
        assert "Tick each of these rows" in page.text
        mails.run_jobs()
        assert not Pupil.objects.filter(surname="Somebody").exists()

    def test_with_its_tick_it_is_imported_and_logged_with_who(self, questioned, client, signed_in):
        upload = RollUpload.objects.get()
        keys = [each["key"] for each in upload.result["identities"]]
        client.post(f"{ROLL_PAGE}{upload.pk}/import/", {"same": keys})
        mails.run_jobs()
        assert Pupil.objects.filter(surname="Somebody").exists()
        assert [each["by"] for each in confirmed()] == [str(signed_in.reference)]

    def test_a_tick_holds_for_the_change_that_was_seen(self, questioned, client, write):
        upload = RollUpload.objects.get()
        keys = [each["key"] for each in upload.result["identities"]]
        import_roll_json(write, pupil_row(Surname="Khan"))
        client.post(f"{ROLL_PAGE}{upload.pk}/import/", {"same": keys})
        mails.run_jobs()
        assert (
            "Pupil records have changed since you checked"
            in client.get(f"{ROLL_PAGE}{upload.pk}/").text
        )
        assert Pupil.objects.filter(surname="Khan").exists()

    def test_more_than_a_hundred_are_a_file_that_slipped(
        self, signed_in, client, write, monkeypatch
    ):
        monkeypatch.setattr("consent.roll.desk.SHOWN", 1)
        import_roll_json(write, pupil_row(), pupil_row(UPN=TWIN, Forename="Ann"))
        page = upload_roll(client, roll_of(pupil_row(**OTHER), pupil_row(UPN=TWIN, **OTHER)))
        assert "There are errors in your file" in page.text
        assert "this may be another child" in page.text
        assert accept_roll(client).status_code == 200
        assert not Pupil.objects.filter(surname="Somebody").exists()
