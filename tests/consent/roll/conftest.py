"""Fixtures of the tests of rolls."""

import pytest

from consent.models import School


@pytest.fixture
def schools(policy):
    School.objects.create(urn="990001", name="Example High School", laestab="3594001")
    School.objects.create(urn="990002", name="Other High School", laestab="3594002")
