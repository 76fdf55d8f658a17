"""Fixtures of the tests of letters."""

from datetime import date

import pytest

from consent.models import (
    SchoolStaff,
)
from tests.example import TWIN, UPN
from tests.factories.consent import PupilFactory


@pytest.fixture
def roll(policy):
    """Ella of 14, and a pupil of 16 who lives in the same house."""
    home = {
        "address": "1 High Street, Wigan",
        "postcode": "WN1 1AA",
        "parent_address": "2 Low Road, Wigan",
    }
    ella = PupilFactory(upn=UPN, **home)
    PupilFactory(upn=TWIN, forename="Old", born=date(2010, 1, 1), **home)
    return ella


@pytest.fixture
def at_school(roll, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=roll.school)
    client.force_login(secretary)
    return secretary
