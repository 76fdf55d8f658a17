"""Two presses of an amendment's button at once, over real connections: one confirms (H6)."""

import random

import pytest
from django.test import Client

from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.models import AmendmentStep
from tests.example import TWIN, UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.races import at_once
from tests.sharing.amendments.steps import (
    LINK,
    agreement_of,
    correct,
    find,
    send,
    share,
)


@pytest.fixture
def address(committed):
    """The link of an amendment that was sent, in a database with real commits."""
    officer, second = OfficerFactory(), OfficerFactory()
    agreement_of()
    PupilFactory(upn=UPN, address="1 Old Street")
    PupilFactory(upn=TWIN, forename="Tom", sex="M", address="1 Old Street")
    share(officer)
    correct(address="2 New Road")
    send(find(), officer, second)
    message = Message.objects.get(key__startswith="amendment/")
    return LINK.search(message.text)[1]


def press(address):
    return Client().post(address).status_code


@pytest.mark.parametrize("seed", range(4))
def test_of_two_presses_at_once_one_confirms(address, seed):
    statuses = at_once(random.Random(seed), (press, address), (press, address))
    assert sorted(statuses) == [200, 410]
    assert list(AmendmentStep.objects.values_list("kind", flat=True)) == ["asked", "acknowledged"]
    verify_log(lambda entries: None)
