"""Who is on record for a pupil and is told of an opt-in (C3), each person once."""

import pytest

from consent.decisions import opting_in
from consent.decisions.contacts import UNNAMED, contacts_of
from consent.models import SecondLook
from tests.example import DAY, NOON
from tests.factories.consent import ContactFactory, DecisionFactory, PupilFactory

pytestmark = pytest.mark.django_db
HOME = "1 High Street, Wigan"


def test_a_person_named_twice_is_one_contact_with_the_email_address_that_either_has(pupil):
    ContactFactory(pupil=pupil, name="BEN BARLOW", email="ben@example.org")
    (contact,) = contacts_of(pupil, self_age=None, on=DAY)
    assert (contact.name, contact.email) == ("Ben Barlow", "ben@example.org")


@pytest.mark.parametrize(
    ("email", "address", "number"),
    [
        ("", HOME, 1),
        ("", "2 Low Road, Wigan", 2),
        ("ali@example.org", HOME, 2),
    ],
)
def test_contacts_without_a_name_are_one_where_nothing_tells_them_apart(
    policy, email, address, number
):
    pupil = PupilFactory(parent_name="", parent_address=HOME)
    ContactFactory(pupil=pupil, name="", email=email, address=address)
    contacts = contacts_of(pupil, self_age=None, on=DAY)
    assert [contact.name for contact in contacts] == [UNNAMED] * number


def test_whoever_is_recorded_as_told_is_not_told_again(pupil):
    ContactFactory(pupil=pupil, name="", email="", address=HOME)
    opt_in = DecisionFactory(pupil=pupil, choice="opt-in")
    opting_in.tell_contacts(opt_in, at=NOON)
    ContactFactory(pupil=pupil, name="Amy Barlow", email="amy@example.org")
    opting_in.tell_contacts(opt_in, at=NOON)
    names = sorted(opt_in.tellings.values_list("name", flat=True))
    assert names == ["Amy Barlow", "Ben Barlow", UNNAMED]


def test_the_pupils_page_says_that_a_second_check_is_missing(pupil, officer, client):
    opt_in = DecisionFactory(
        pupil=pupil, choice="opt-in", channel="paper", recorded_by=officer, signed_on=DAY
    )
    SecondLook.objects.create(decision=opt_in, why="opt-in", keyed_by=officer)
    client.force_login(officer)
    page = client.get(f"/staff/pupils/{pupil.reference}/").text
    assert "if by then another member of staff has checked it against the form." in page
