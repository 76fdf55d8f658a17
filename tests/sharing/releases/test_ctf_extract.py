"""A CTF that somebody wants to send: everything in it is listed, let out or left out by name."""

import csv
import json

import pytest

from consent.models import School
from consent.roll.ctf_extract import as_extract
from privacy_portal.ground.faults import BadInputError
from tests.commands import run
from tests.ctf import CTF_PUPIL, ctf
from tests.example import UPN

pytestmark = pytest.mark.django_db
MORE = """
      <UniqueLearnerNumber>1234567890</UniqueLearnerNumber>
      <Phones><Phone><TelephoneType>H</TelephoneType><PhoneNo>01942 111111</PhoneNo></Phone>
        <Phone><TelephoneType>M</TelephoneType><PhoneNo>07700 900111</PhoneNo></Phone></Phones>
      <Email>ella@example.org</Email>
      <LookedAfter InCare="true"><CareAuthority>359</CareAuthority></LookedAfter>
      <SENhistory/>
"""
FULL = (
    CTF_PUPIL.replace("<Contacts>", f"{MORE}<Contacts>")
    .replace("<MedicalFlag>", "<Ethnicity>WBRI</Ethnicity><MedicalFlag>")
    .replace("<Responsibility>1<", "<Phones><Phone>01942 222222</Phone></Phones><Responsibility>1<")
)


@pytest.fixture
def school(pupil):
    School.objects.update(laestab="3594001")


def rows_of(write, text):
    with as_extract(write(text, "x.xml"), "x.xml") as path:
        return list(csv.DictReader(path.read_text().splitlines()))


def test_what_the_policy_can_permit_stands_under_its_heading(school, write):
    (row,) = rows_of(write, ctf(FULL))
    expected = {
        "UPN": UPN, "Surname": "Barlow", "Forename": "Ella", "DOB": "2012-05-05", "Sex": "F",
        "School URN": "990001", "LAESTAB": "3594001", "School": "Example High School",
        "Year group": "9", "Ethnicity": "WBRI", "Home language": "POL",
        "Address": "12, Mill Lane, Wigan", "Postcode": "WN1 1AA",
        "Telephone": "01942 111111; 07700 900111", "Email": "ella@example.org",
        "Parent name": "Ben Barlow", "Parent telephone": "01942 222222",
    }  # fmt: skip
    assert {heading: row[heading] for heading in expected} == expected
    assert list(row)[: len(expected)] == list(expected)


def test_every_other_element_and_attribute_is_listed_under_its_own_name(school, write):
    (row,) = rows_of(write, ctf(FULL))
    assert {heading: value for heading, value in row.items() if "/" in heading} == {
        "BasicDetails/Languages/Type/LanguageType": "H",
        "BasicDetails/MedicalFlag": "true",
        "Address/BS7666Address/UniquePropertyReferenceNumber": "100010",
        "Phones/Phone/TelephoneType": "H; M",
        "LookedAfter/@InCare": "true",
        "LookedAfter/CareAuthority": "359",
        "Contacts/Contact/Order": "2; 1; 3",
        "Contacts/Contact/Surname": "Khan; Ogden",
        "Contacts/Contact/Forename": "Ali; Granny",
        "Contacts/Contact/Responsibility": "true; 1; false",
        "Contacts/Contact/Email": "ali@example.org",
        "Contacts/Contact/Address/AddressLines/AddressLine1": "3 High Street",
    }
    assert row["UniqueLearnerNumber"] == "1234567890"
    assert row["SENhistory"] == ""
    assert row["Former UPNs"] == "B801200005001"


def test_nothing_in_the_file_is_lost(school, write):
    """Each text of a pupil stands in some cell, whatever the elements are called."""
    odd = FULL.replace(
        "<SENhistory/>",
        "<Odd a='x1'>text1<Deep><Deeper>text2</Deeper></Deep>text3</Odd><Phones>text4</Phones>"
        "<Address><Country>Spain</Country><PostCode>XX1</PostCode></Address>",
    )
    (row,) = rows_of(write, ctf(odd))
    cells = " ".join(row.values())
    for value in (
        "x1",
        "text1",
        "text2",
        "text3",
        "text4",
        "Spain",
        "XX1",
        "100010",
        "3 High Street",
    ):
        assert value in cells


def test_a_second_form_of_the_address_is_listed_by_itself(school, write):
    two = FULL.replace(
        "</BS7666Address>",
        "</BS7666Address><AddressLines><AddressLine1>Old House</AddressLine1></AddressLines>",
        1,
    )
    (row,) = rows_of(write, ctf(two))
    assert row["Address"] == "12, Mill Lane, Wigan"
    assert row["Address/AddressLines/AddressLine1"] == "Old House"


def test_columns_are_those_of_all_pupils(school, write):
    other = CTF_PUPIL.replace(UPN, "H359400010001").replace("Sex>", "Gender>")
    rows = rows_of(write, ctf(other + FULL))
    assert list(rows[0]) == list(rows[1])
    assert [(row["Sex"], row["Gender"]) for row in rows] == [("", "F"), ("F", "")]
    assert [row["Telephone"] for row in rows] == ["", "01942 111111; 07700 900111"]


def test_a_school_that_is_not_known_is_called_as_in_the_file(policy, write):
    named = ctf(FULL).replace(
        "</Estab></SourceSchool>", "</Estab><SchoolName>A</SchoolName></SourceSchool>"
    )
    (row,) = rows_of(write, named)
    assert (row["LAESTAB"], row["School"]) == ("3594001", "A")


def test_the_parents_own_address_is_one_column(school, write):
    own = (
        "<Responsibility>1</Responsibility><Address><AddressLines><AddressLine1>9 Park Road"
        "</AddressLine1></AddressLines><PostCode>WN2 2BB</PostCode></Address>"
    )
    (row,) = rows_of(write, ctf(FULL.replace("<Responsibility>1</Responsibility>", own)))
    assert row["Parent address"] == "9 Park Road, WN2 2BB"
    assert row["Contacts/Contact/Address/AddressLines/AddressLine1"] == "3 High Street"


def test_what_an_element_says_about_its_schema_is_no_column(school, write):
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    (row,) = rows_of(write, ctf(FULL.replace("<SENhistory/>", f"<SENhistory {nil}/>")))
    assert row["SENhistory"] == ""
    assert not [heading for heading in row if "nil" in heading]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ctf(""), "the file has no <Pupil>"),
        (ctf(FULL.replace("Mill Lane", "CafÃ© Lane")), "was saved in one encoding"),
        (
            ctf(FULL + f"<Pupil>{''.join(f'<A{number}/>' for number in range(60))}</Pupil>"),
            "pupils have more than 60 different elements",
        ),
    ],
)
def test_what_makes_no_extract_says_why(school, write, settings, text, said):
    settings.MAX_COLUMNS = 60
    with pytest.raises(BadInputError) as error:
        rows_of(write, text)
    (sentence,) = error.value.sentences()
    assert said in sentence


def test_each_column_is_decided_by_name(school, write):
    ran = run(
        "disclosure", "check", write(ctf(FULL), "x.xml"), "--agreement", "WIG-CNX",
        "--purpose", "careers-guidance", "--on", "2026-11-23", "--json",
    )  # fmt: skip
    columns = {each["heading"]: each for each in json.loads(ran.out)["columns"]}
    assert columns["Telephone"]["outcome"] == "released"
    assert columns["Ethnicity"]["item"] == "pupil.ethnicity"
    assert columns["Ethnicity"]["outcome"] == "released"
    for heading in (
        "UniqueLearnerNumber",
        "BasicDetails/MedicalFlag",
        "Contacts/Contact/Surname",
        "Former UPNs",
    ):
        assert columns[heading]["reason"] == "unknown-item", heading
