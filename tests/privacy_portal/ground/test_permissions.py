"""Who may do what: the table of roles, guards of pages, and what the database knows of roles."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from privacy_portal.ground.accounts.access import MAY, Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import PLURALS, open_to
from privacy_portal.ground.accounts.roles import Role, in_order
from tests.factories.ground import OfficerFactory

LOOKS = {action for action in Action if action.name.startswith("SEE_")}
OF_PUPILS = {
    Action.SEE_CHOICES, Action.RECORD_CHOICES, Action.PRINT_LETTERS, Action.SEE_ROLL,
    Action.IMPORT_ROLL, Action.SEE_CASES, Action.DECIDE_CASES, Action.SEE_PROTECTED_RECORDS,
    Action.SEE_RELEASES, Action.RELEASE, Action.HAND_OVER, Action.APPROVE, Action.SEE_DISCLOSURES,
    Action.KEEP_DISCLOSURES,
}  # fmt: skip


def test_every_action_is_somebodys_and_every_role_has_a_name_in_sentences():
    assert set(MAY) == set(Action)
    assert all(MAY.values())
    assert set(PLURALS) == set(Role)


def test_an_auditor_changes_nothing_but_their_own_password():
    auditor = User(roles=[Role.AUDITOR], second_factor=True)
    assert {action for action in Action if may(auditor, action)} == LOOKS - {
        Action.SEE_PROTECTED_RECORDS, Action.SEE_JOBS,
    } | {Action.USE_OWN_ACCOUNT}  # fmt: skip


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.NOTICE_EDITOR, Role.NOTICE_PUBLISHER])
def test_administrators_and_editors_of_notices_see_no_pupils(role):
    assert not [
        action for action in OF_PUPILS if may(User(roles=[role], second_factor=True), action)
    ]
    assert not User(roles=[role], second_factor=True).sees_every_school


def test_only_those_with_a_role_for_it_see_where_a_protected_pupil_lives():
    assert MAY[Action.SEE_PROTECTED_RECORDS] == {Role.PROTECTED_RECORDS_OFFICER}


@pytest.fixture
def ask(rf):
    """A view that council officers change, and officers and auditors look at, opened by somebody."""

    def asked(view, user, method="get"):
        request = getattr(rf, method)("/staff/")
        request.user, request.session = user, {}
        return view(request)

    return asked


def both(request):
    return HttpResponse("open")


def test_a_guard_tells_looking_from_changing(ask):
    view = open_to(Action.SEE_AGREEMENTS, change=Action.KEEP_AGREEMENTS)(both)
    auditor, officer = (
        User(roles=[role], second_factor=True) for role in (Role.AUDITOR, Role.OFFICER)
    )
    for method in ("get", "head", "post", "put", "patch", "delete"):
        assert ask(view, officer, method).content == b"open"
    for method in ("get", "head"):
        assert ask(view, auditor, method).content == b"open"
    for method in ("post", "put", "patch", "delete", "options"):
        with pytest.raises(PermissionDenied, match="Only council officers can use this page"):
            ask(view, auditor, method)


def test_a_page_that_says_nothing_of_changing_takes_no_form_from_anybody(ask):
    view = open_to(Action.SEE_AGREEMENTS)(both)
    for method in ("post", "put", "patch", "delete"):
        assert ask(view, User(roles=[Role.OFFICER], second_factor=True), method).status_code == 405


def test_a_page_that_is_a_form_is_only_for_who_may_send_it(ask):
    view = open_to(change=Action.KEEP_AGREEMENTS)(both)
    assert ask(view, User(roles=[Role.OFFICER], second_factor=True)).content == b"open"
    with pytest.raises(PermissionDenied):
        ask(view, User(roles=[Role.AUDITOR], second_factor=True))


def test_without_a_role_nothing_opens(ask):
    view = open_to(Action.USE_OWN_ACCOUNT)(both)
    with pytest.raises(PermissionDenied, match="has no role yet"):
        ask(view, User(roles=[], second_factor=True))


@pytest.mark.parametrize(
    ("roles", "constraint"),
    [
        (["director"], "user_roles_known"),
        ([Role.SCHOOL_STAFF, Role.OFFICER], "user_school_roles_alone"),
        ([Role.SCHOOL_HEAD_OF_DATA, Role.ADMINISTRATOR], "user_"),
        ([Role.APPROVING_OFFICER], "user_officer_roles_as_officer"),
        ([Role.PROTECTED_RECORDS_OFFICER], "user_officer_roles_as_officer"),
        ([Role.AUDITOR, Role.OFFICER], "user_auditor_alone"),
        ([Role.ADMINISTRATOR, Role.OFFICER], "user_administrator_without_pupils"),
        ([Role.ADMINISTRATOR, Role.AUDITOR], "user_"),
    ],
)
def test_the_database_refuses_roles_that_do_not_go_together(db, roles, constraint):
    user = OfficerFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        User.objects.filter(pk=user.pk).update(roles=roles)


def test_roles_are_stored_once_and_in_order(db):
    user = OfficerFactory(roles=[Role.OFFICER, Role.NOTICE_EDITOR, Role.OFFICER])
    user.refresh_from_db()
    assert user.roles == [Role.NOTICE_EDITOR, Role.OFFICER] == in_order(user.roles)
