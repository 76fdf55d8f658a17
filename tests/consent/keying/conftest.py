"""Fixtures of the tests of recorded forms."""

import pytest

from consent.keying import keying
from consent.models import SchoolStaff
from tests.factories.ground import SchoolStaffFactory


@pytest.fixture
def no_sample(monkeypatch):
    monkeypatch.setattr(keying.secrets, "randbelow", lambda most: 1)


@pytest.fixture
def at_school(pupil, secretary, client, no_sample):
    SchoolStaff.objects.create(user=secretary, school=pupil.school)
    client.force_login(secretary)
    return secretary


@pytest.fixture
def colleague(pupil):
    user = SchoolStaffFactory(email="colleague@example.org")
    SchoolStaff.objects.create(user=user, school=pupil.school)
    return user
