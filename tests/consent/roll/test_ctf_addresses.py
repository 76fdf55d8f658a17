"""Which elements of a CTF make an address, and whose it is."""

import pytest

from consent.models import Pupil, RollContact
from tests.ctf import CTF_PUPIL, ctf, import_ctf

pytestmark = pytest.mark.django_db
HOME = CTF_PUPIL[CTF_PUPIL.index("      <Address>") : CTF_PUPIL.index("      <Contacts>")]
NOISE = """<Easting>358000</Easting><Northing>405000</Northing>
    <UniquePropertyReferenceNumber>100011</UniquePropertyReferenceNumber><UPRN>100012</UPRN>
    <AddressAsPupil>false</AddressAsPupil><Verified>true</Verified><Note>Ring twice</Note>"""


def pupil_at(write, address):
    import_ctf(write, ctf(CTF_PUPIL.replace(HOME, f"<Address>{address}</Address>\n")))
    pupil = Pupil.objects.get()
    return pupil.address, pupil.postcode


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            (
                "<BS7666Address><SAON>Flat 2</SAON><PAON>2</PAON><Street>Mill Lane</Street>"
                "<Locality>Orrell</Locality><Town>Wigan</Town><AdministrativeArea>Wigan"
                "</AdministrativeArea><PostTown>WIGAN</PostTown></BS7666Address>"
                "<County>Lancashire</County><PostCode>WN1 1AA</PostCode><Country>GBR</Country>"
            ),
            "Flat 2, 2, Mill Lane, Orrell, Wigan, Lancashire",
        ),
        (
            (
                "<AddressLines><AddressLine1>2</AddressLine1><AddressLine2>2 Mill Lane</AddressLine2>"
                "<AddressLine4>Wigan</AddressLine4></AddressLines><PostCode>WN1 1AA</PostCode>"
            ),
            "2, 2 Mill Lane, Wigan",
        ),
        (
            (
                "<BS7666Address><SAON>2</SAON><PAON>2</PAON><Street>Mill Lane</Street>"
                "</BS7666Address><PostCode>WN1 1AA</PostCode>"
            ),
            "2, 2, Mill Lane",
        ),
        (
            (
                "<AddressLines><AddressLine1>Calle Mayor 1</AddressLine1></AddressLines>"
                "<PostCode>WN1 1AA</PostCode><Country>Spain</Country>"
            ),
            "Calle Mayor 1, Spain",
        ),
        (
            (
                "<BS7666Address/><AddressLines><AddressLine1>1 High Street</AddressLine1>"
                "</AddressLines><PostCode>WN1 1AA</PostCode>"
            ),
            "1 High Street",
        ),
        (
            "<PAON>1</PAON><Street>High Street</Street><PostCode>WN1 1AA</PostCode>",
            "1, High Street",
        ),
    ],
)
def test_only_named_lines_make_an_address(schools, write, address, lines):
    assert pupil_at(write, address) == (lines, "WN1 1AA")


def test_map_references_flags_and_numbers_never_stand_in_it(schools, write):
    address = "<BS7666Address><PAON>1</PAON><Street>High Street</Street></BS7666Address>"
    assert pupil_at(write, NOISE + address + NOISE + "<PostCode>WN1 1AA</PostCode>") == (
        "1, High Street", "WN1 1AA",
    )  # fmt: skip
    import_ctf(write, ctf(CTF_PUPIL.replace(HOME, f"<Address>{NOISE}</Address>\n")))
    assert Pupil.objects.get().address == ""


def with_parent(address):
    contact = "<Responsibility>1</Responsibility>"
    return ctf(CTF_PUPIL.replace(contact, f"{contact}{address}"))


@pytest.mark.parametrize("place", ["<Address>{}</Address>", "{}"])
def test_a_parent_who_lives_with_the_pupil_has_the_pupils_address(schools, write, place):
    import_ctf(write, with_parent(place.format("<AddressAsPupil>true</AddressAsPupil>")))
    pupil = Pupil.objects.get()
    assert pupil.parent_address == "12, Mill Lane, Wigan, WN1 1AA"


def test_a_parent_elsewhere_has_their_own(schools, write):
    own = (
        "<Address><AddressAsPupil>false</AddressAsPupil><AddressLines><AddressLine1>9 Park Road"
        "</AddressLine1></AddressLines><PostCode>WN2 2BB</PostCode></Address>"
    )
    import_ctf(write, with_parent(own))
    assert Pupil.objects.get().parent_address == "9 Park Road, WN2 2BB"


def test_one_who_lives_elsewhere_nobody_says_where_is_not_written_to_at_the_pupils(
    schools,
    write,
):
    import_ctf(write, with_parent("<Address><AddressAsPupil>false</AddressAsPupil></Address>"))
    pupil = Pupil.objects.get()
    assert (pupil.parent_name, pupil.parent_address) == ("Ali Khan", "3 High Street")
    ben = RollContact.objects.get(name="Ben Barlow")
    assert (ben.address, ben.responsible) == ("", True)


def test_of_one_without_any_address_the_roll_says_nothing(schools, write):
    import_ctf(write, ctf())
    assert Pupil.objects.get().parent_address == ""
