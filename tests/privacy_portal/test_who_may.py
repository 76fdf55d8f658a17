"""Every address and HTTP method for every role: with nothing behind the address, and with what belongs to
somebody else."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from privacy_portal.ground.accounts.access import MAY, Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import guards
from privacy_portal.ground.accounts.roles import Role
from tests.addresses import GUARDS, address, patterns
from tests.factories.consent import SchoolFactory
from tests.factories.ground import SchoolStaffFactory, UserFactory

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LOOKING = ("GET", "HEAD")
_OFFICER = {
    Action.SEE_CHOICES, Action.RECORD_CHOICES, Action.PRINT_LETTERS, Action.SEE_ROLL,
    Action.IMPORT_ROLL, Action.SEE_CASES, Action.DECIDE_CASES, Action.SEE_AGREEMENTS,
    Action.KEEP_AGREEMENTS, Action.SEE_RELEASES, Action.RELEASE, Action.HAND_OVER, Action.SEE_DISCLOSURES,
    Action.KEEP_DISCLOSURES, Action.SEE_FIGURES, Action.SEE_JOBS, Action.SEE_LOG, Action.SEE_POLICY,
    Action.DRAFT_POLICY,
}  # fmt: skip
_SCHOOL = {
    Action.SEE_CHOICES, Action.RECORD_CHOICES, Action.PRINT_LETTERS, Action.SEE_ROLL,
    Action.IMPORT_ROLL,
}  # fmt: skip
# What each role lets people do: written here once more, so that nobody changes it by a slip.
LETS = {
    Role.SCHOOL_STAFF: _SCHOOL,
    Role.SCHOOL_HEAD_OF_DATA: _SCHOOL | {Action.SEE_PEOPLE, Action.KEEP_PEOPLE},
    Role.NOTICE_EDITOR: {Action.SEE_DRAFTS, Action.EDIT_NOTICES},
    Role.NOTICE_PUBLISHER: {Action.SEE_DRAFTS, Action.PUBLISH_NOTICES},
    Role.OFFICER: _OFFICER,
    Role.APPROVING_OFFICER: {
        Action.APPROVE, Action.SEE_PEOPLE, Action.AGREE_TO_ROLES, Action.SEE_POLICY, Action.PUT_IN_FORCE,
        Action.SEE_FIGURES,
    },
    Role.PROTECTED_RECORDS_OFFICER: {Action.SEE_PROTECTED_RECORDS},
    Role.AUDITOR: {
        Action.SEE_CHOICES, Action.SEE_ROLL, Action.SEE_CASES, Action.SEE_AGREEMENTS,
        Action.SEE_RELEASES, Action.SEE_DISCLOSURES, Action.SEE_FIGURES, Action.SEE_DRAFTS, Action.SEE_LOG,
        Action.SEE_PEOPLE, Action.SEE_POLICY,
    },
    Role.ADMINISTRATOR: {
        Action.SEE_JOBS, Action.SEE_PEOPLE, Action.KEEP_PEOPLE, Action.AGREE_TO_ROLES, Action.SEE_POLICY,
    },
}  # fmt: skip


def lets(roles, action):
    return action is Action.USE_OWN_ACCOUNT or any(action in LETS[role] for role in roles)


def test_the_table_says_of_each_action_whose_it_is():
    assert {action: {role for role in Role if lets([role], action)} for action in Action} == MAY


@pytest.mark.parametrize("role", Role)
def test_each_role_passes_its_guards_and_no_others(rf, role):
    """The guard alone: what is refused here is refused before anything is read."""
    user = User(roles=[role])
    refused = 0
    for pattern in patterns():
        guard = GUARDS.get(pattern.name)
        if guard is None:
            continue
        for method in METHODS:
            action = guard.look if method in LOOKING else guard.change
            if action is not None and lets([role], action):
                continue
            request = rf.generic(method, "/")
            request.user = user
            try:
                status = pattern.callback(request).status_code
            except PermissionDenied:
                status = 403
            assert status in (403, 405), (pattern.name, method)
            refused += 1
    assert refused > 100


def test_menus_and_buttons_ask_the_guard_of_the_address_they_lead_to():
    assert guards() == GUARDS


@pytest.fixture
def world(protected_world):
    return protected_world


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.SCHOOL_STAFF, Role.SCHOOL_HEAD_OF_DATA])
def test_school_staff_find_nothing_of_another_school_by_its_address(world, role):
    """By any method it is not there for them, or refused."""
    other = SchoolStaffFactory(
        email="far@example.org", roles=[role], school=SchoolFactory(urn="990888")
    )
    client = Client()
    client.force_login(other)
    for name, arguments in {**world.arguments(), **of_people(world)}.items():
        path = reverse(name, args=arguments)
        for method in METHODS:
            status = client.generic(method, path).status_code
            allowed = (403, 404, 405)
            assert status in allowed, (name, method, status)


def of_people(world):
    names = [
        name for name in GUARDS if name.startswith("staff-person-") and name != "staff-person-add"
    ]
    return {name: [world.secretary.reference] for name in ["staff-person", *names]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "roles",
    [
        [Role.NOTICE_EDITOR], [Role.NOTICE_PUBLISHER], [Role.AUDITOR], [Role.ADMINISTRATOR], [],
        [Role.OFFICER, Role.APPROVING_OFFICER],
    ],
)  # fmt: skip
def test_each_address_opens_to_the_roles_it_is_for(world, roles):
    """With what a pupil has behind the address, or nothing: the page, 404, or a form sent back; never an
    error, and refused to whom it is not for. An officer who approves opens whatever others do."""
    user = UserFactory(email="somebody@example.org", roles=roles)
    client = Client()
    client.force_login(user)
    arguments = world.arguments()
    for name, guard in GUARDS.items():
        path = reverse(name, args=arguments[name]) if name in arguments else address(name)
        for method in ("GET", "POST"):
            response = client.generic(method, path)
            if response.streaming:
                b"".join(response.streaming_content)
            action = guard.look if method in LOOKING else guard.change
            may = roles and action is not None and lets(roles, action)
            if may:
                assert response.status_code not in (401, 403), (name, method)
                assert response.status_code < 500, (name, method)
            else:
                assert response.status_code in (403, 405), (name, method)
