"""A roll's columns under the names that school systems give them."""

import json

import pytest

from consent.models import Pupil
from consent.roll.headings import MARKS, OPTIONAL, REQUIRED, SYNONYMS, TEMPLATE
from tests.commands import run
from tests.example import UPN
from tests.rolls import pupil_row

pytestmark = pytest.mark.django_db
ROW = f"{UPN},Barlow,Ella,05/05/2012,990001,Example High School"


def take(write, headings, row=ROW, *options):
    return run("roll", "import", write(f"{headings}\r\n{row}\r\n", "r.csv"), *options)


@pytest.mark.parametrize(
    "headings",
    [
        "Unique Pupil Number,Legal Surname,Legal Forename,Date of Birth,URN,School Name",
        "upn,LEGAL  SURNAME , first name,D.O.B.,establishment urn,Establishment",
        "UPN,Last_Name,Given-name,DateOfBirth,Unique Reference Number,School",
        "UPN,Family name,Forename,Birth Date,School_URN,Name of school",
    ],
)
def test_school_systems_headings_are_understood(policy, write, headings):
    assert take(write, headings).code == 0
    pupil = Pupil.objects.get()
    assert (pupil.surname, pupil.forename, str(pupil.born)) == ("Barlow", "Ella", "2012-05-05")
    assert pupil.school.urn == "990001"


@pytest.mark.parametrize(
    ("heading", "field", "cell"),
    [
        ("NC Year", "year_group", "9"), ("National Curriculum Year", "year_group", "9"),
        ("Gender", "sex", "F"), ("Post Code", "postcode", "WN1 1AA"),
        ("Home Address", "address", "1 Mill Lane"), ("Parent/Carer Name", "parent_name", "Ben"),
        ("Parent / carer email", "parent_email", "b@example.org"),
        ("Contact address", "parent_address", "1 Mill Lane"), ("HOME LANGUAGE", "home_language", "POL"),
    ],
)  # fmt: skip
def test_optional_ones_too(policy, write, heading, field, cell):
    done = take(
        write,
        f"UPN,Surname,Forename,DOB,School URN,School,{heading}",
        f"{ROW},{cell}",
        "--json",
    )
    assert json.loads(done.out)["ignored"] == []
    assert getattr(Pupil.objects.get(), field) == cell


@pytest.mark.parametrize("heading", ["Supported to 25", "SEN", "SEN status", "SEN Provision"])
@pytest.mark.parametrize(
    ("cell", "supported"),
    [
        ("E", True), ("K", True), ("k", True), ("S", True), ("SEN Support", True), ("EHCP", True),
        ("Yes", True), ("N", False), ("", False), ("no", False), ("No SEN", False),
    ],
)  # fmt: skip
def test_special_educational_needs_are_kept_as_yes_or_no_with_a_plan_or_without(
    policy, write, heading, cell, supported
):
    """D too-old: ages 20 to 24 depend on the needs, not on a plan."""
    headings = f"UPN,Surname,Forename,DOB,School URN,School,{heading}"
    assert json.loads(take(write, headings, f"{ROW},{cell}", "--json").out)["ignored"] == []
    assert Pupil.objects.get().supported_to_25 is supported


def test_a_word_for_needs_that_nobody_knows_is_a_fault(policy, write):
    headings = "UPN,Surname,Forename,DOB,School URN,School,SEN"
    done = take(write, headings, f"{ROW},SEMH")
    assert done.code == 2
    assert 'column "SEN": must be yes or no, or a code for SEN (E, K or N).' in done.said
    assert not Pupil.objects.exists()


@pytest.mark.parametrize(
    "heading",
    ["Preferred surname", "Chosen forename", "Legal forenames", "LAESTAB", "Tutor group"],
)
def test_what_is_not_used_is_named(policy, write, heading):
    headings = f"UPN,Surname,Forename,DOB,School URN,School,{heading}"
    done = take(write, headings, f"{ROW},yes", "--json")
    assert json.loads(done.out)["ignored"] == [heading]
    assert f"Columns we will ignore: {heading!r}." in take(write, headings, f"{ROW},yes").said


def test_a_preferred_name_stands_for_no_legal_one(policy, write):
    done = take(write, "UPN,Preferred surname,Forename,DOB,School URN,School")
    assert done.code == 2
    assert "the column 'Surname' is missing" in done.said
    assert "‘Legal surname’" in done.said


def test_what_a_heading_was_taken_for_is_said(policy, write):
    headings = "UPN,Legal Surname,Forename,Date of Birth,URN,School"
    assert json.loads(take(write, headings, ROW, "--json").out)["renamed"] == {
        "Legal Surname": "Surname", "Date of Birth": "DOB", "URN": "School URN",
    }  # fmt: skip
    assert "'Legal Surname' is 'Surname'" in take(write, headings).said


@pytest.mark.parametrize(
    ("extra", "first"), [("Legal Surname", "Surname"), ("D.O.B.", "DOB"), ("URN", "School URN")]
)
def test_two_columns_of_one_meaning_are_a_fault_that_names_both(policy, write, extra, first):
    done = take(write, f"UPN,Surname,Forename,DOB,School URN,School,{extra}", f"{ROW},x")
    assert done.code == 2
    assert f'line 1, column "{extra}": means the same as {first!r}' in done.said
    assert not Pupil.objects.exists()


def test_a_fault_calls_the_column_as_the_file_does(policy, write):
    row = ROW.replace("05/05/2012", "5 May")
    done = take(write, "UPN,Legal Surname,Forename,Date of Birth,URN,School", row)
    assert "line 2, column \"Date of Birth\": '5 May' is not a date" in done.said


def test_no_name_stands_for_two_columns():
    names = [name.casefold() for column in SYNONYMS for name in (column, *SYNONYMS[column])]
    assert len(names) == len(set(names))
    assert set(SYNONYMS) == {*REQUIRED, *OPTIONAL, *MARKS} == set(TEMPLATE)


def test_an_empty_roll_to_start_from_is_understood_whole(policy, write, secretary, client):
    client.force_login(secretary)
    page = client.get("/staff/roll/template/")
    assert "attachment" in page["Content-Disposition"]
    headings = page.content.decode("utf-8-sig").strip()
    assert headings.split(",") == list(TEMPLATE)
    done = run("roll", "import", write(f"{headings}\r\n", "t.csv"))
    assert "the file has headings but no rows" in done.said
    client.logout()
    assert client.get("/staff/roll/template/").status_code == 302


def test_the_preview_says_it_too(policy, officer, client):
    from tests.rolls import roll_of, upload_roll

    client.force_login(officer)
    headings = "UPN,Former UPNs,Legal Surname,Forename,DOB,Sex,URN,School,Year group,Address,Postcode,Parent name,Parent address,Parent email,Tutor"
    text = " ".join(
        upload_roll(
            client, roll_of(pupil_row().strip() + ",yes\r\n", headings=headings)
        ).text.split()
    )
    assert "“Legal Surname” is Surname, “URN” is School URN." in text
    assert "Columns we will ignore: Tutor." in text
