"""Fixtures of the tests of schools in numbers."""

from datetime import date

import pytest

from consent.models import Scheme, School
from privacy_portal.ground.accounts.models import User
from tests.factories.consent import PupilFactory, SchoolFactory
from tests.factories.ground import SchoolStaffFactory


@pytest.fixture
def school(policy: None) -> School:
    return SchoolFactory.create()


@pytest.fixture
def other_school(policy: None) -> School:
    return SchoolFactory.create(urn="990009")


@pytest.fixture
def scheme(policy: None) -> Scheme:
    """Connexions, for pupils from 13 to 19."""
    return Scheme.objects.get(code="connexions")


@pytest.fixture
def staff(school: School) -> User:
    """A member of staff of the school, who sees its numbers and no others."""
    return SchoolStaffFactory.create(school=school)


@pytest.fixture
def ella(school: School):
    """A pupil of 14."""
    return PupilFactory.create(school=school, born=date(2012, 5, 5))
