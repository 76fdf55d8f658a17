"""People of a council: two administrators, and a head of data with a colleague."""

import pytest

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from tests.factories.consent import SchoolFactory
from tests.factories.ground import SchoolStaffFactory, UserFactory


@pytest.fixture
def administrator(policy: None) -> User:
    return UserFactory(email="admin@example.org", name="Amir", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def second_administrator(policy: None) -> User:
    return UserFactory(email="admin2@example.org", name="Bea", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def head(policy: None) -> User:
    school = SchoolFactory(urn="990001", name="Ashfield Primary School")
    return SchoolStaffFactory(
        email="head@example.org", roles=[Role.SCHOOL_HEAD_OF_DATA], school=school
    )


@pytest.fixture
def colleague(head: User) -> User:
    school = head.workplaces.get().school
    return SchoolStaffFactory(email="colleague@example.org", school=school)
