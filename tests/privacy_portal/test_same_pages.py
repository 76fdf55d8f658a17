"""The database hides from school staff nothing that their pages rightly show: each is the same with and
without row-level security, also of a child with records at two schools."""

import re
from contextlib import nullcontext
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from consent.decisions.invalidating import mark_invalid
from consent.identities import merging
from consent.models import SameChildQuestion
from privacy_portal.ground import row_security
from tests.example import NOON, TWIN
from tests.factories.consent import (
    DecisionFactory,
    LetterRunFactory,
    ObjectionFactory,
    PupilFactory,
    SchoolFactory,
    upn_of,
)
from tests.factories.ground import SchoolStaffFactory
from tests.factories.sharing import DisclosureFactory
from tests.nowhere import not_protected_yet

# What is another each time that a page is made.
FRESH = re.compile(
    r'csrfmiddlewaretoken" value="\w+"|[0-9a-f]{8}-[0-9a-f-]{27}|lock-[\w-]+|the reference <strong>[\w-]+'
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def world(protected_world):
    return protected_world


@pytest.fixture
def elsewhere(policy, officer):
    """Somebody at a school with a child of whom another school has two records: one merged into this
    school's, and one that may be of the same child; choices about all, and what left despite them."""
    here, there = SchoolFactory(), SchoolFactory(urn="990002")
    with not_protected_yet():
        ella = PupilFactory(upn=upn_of(1), school=here)
        part = PupilFactory(upn=upn_of(2), school=there)
        other = PupilFactory(upn=TWIN, school=there)
    extract = f"UPN,Telephone\r\n{upn_of(2)},1\r\n{TWIN},2\r\n"
    DisclosureFactory(by=officer, content=extract, days=-1)
    opt_out = DecisionFactory(pupil=part, person_name="Ann Part", days=-2)
    DisclosureFactory(by=officer, content=extract)
    mark_invalid(opt_out, kind="other", reason="Left behind", by=officer, at=NOON)
    ObjectionFactory(pupil=part, person_name="Ann Part")
    LetterRunFactory(pupils=[part], school=there, asked_by=officer)
    merging.merge(part, ella, reason="One child", by=officer, at=NOON)
    SameChildQuestion.objects.create(new=ella, other=other, at=NOON, by=officer)
    DecisionFactory(pupil=other, person_name="Olga Other", days=-1)
    DecisionFactory(pupil=ella, choice="opt-in", person_name="Ben Barlow", days=-1)
    ObjectionFactory(pupil=other, person_name="Olga Other")
    user = SchoolStaffFactory(email="here@example.org", school=here)
    return user, [
        *(reverse("staff-pupil", args=[record.reference]) for record in (ella, part, other)),
        *(reverse("staff-protection", args=[record.reference]) for record in (ella, part)),
        reverse("staff-letters-one", args=[ella.reference]),
        f"/staff/opt-outs/paper/?pupil={ella.reference}&q=barlow",
        *PLAIN,
    ]


PLAIN = [
    "/staff/", "/staff/schools/", "/staff/opt-outs/", "/staff/opt-outs/?all=1", "/staff/pupils/?q=barlow",
    *(
        f"/staff/schools/990001/connexions/{name}/"
        for name in ("on-roll", "with-a-choice", "opted-out", "opted-in", "no-answer", "waiting")
    ),
]  # fmt: skip


def page(client, address):
    client.cookies.pop("messages", None)  # what the page before had to say
    response = client.get(address)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, FRESH.sub("", content.decode(errors="replace"))


def differing(user, addresses):
    client = Client()
    client.force_login(user)
    unrestricted = mock.patch.object(row_security, "kept_to_schools_of", nullcontext)
    found = []
    for address in addresses:
        with unrestricted:
            without = page(client, address)
        if page(client, address) != without:
            found.append(address)
    return found


def test_of_a_child_with_records_at_two_schools(elsewhere):
    user, addresses = elsewhere
    client = Client()
    client.force_login(user)
    shown = [client.get(address) for address in addresses]
    assert [response.status_code for response in shown] == [200, 200, 404, 200, 200, *[200] * 13]
    assert "Ann Part" in shown[0].text
    assert differing(user, addresses) == []


@pytest.mark.parametrize("who", ["secretary", "stranger"])
def test_of_everything_about_a_pupil(world, who):
    assert differing(getattr(world, who), world.addresses()) == []
