"""Nobody may do more than entries say, or the log check finds it (L5)."""

import re

import pytest
from django.db import connection

from privacy_portal.ground.accounts.roles import Role
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.people import keeping
from sharing.auditing.verifying import verify_log
from tests.example import NOON
from tests.factories.ground import UserFactory
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return str(caught.value)


@pytest.fixture
def person(policy):
    """Somebody who was added, given roles, renamed, deactivated and let in again."""
    administrator = UserFactory.create(email="a@example.org", roles=(Role.ADMINISTRATOR,))
    user = keeping.add(
        email="b@example.org",
        name="Bo",
        roles=[Role.NOTICE_EDITOR],
        schools=[],
        by=administrator,
        at=NOON,
    )
    keeping.rename(user, name="Bo Brook", by=administrator, at=NOON)
    keeping.deactivate(user, by=administrator, at=NOON)
    keeping.reactivate(user, by=administrator, at=NOON)
    user.refresh_from_db()
    assert user.roles == [Role.NOTICE_EDITOR]
    assert verify_log(lambda size: None).size
    return user


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("roles = '{notice-editor,notice-publisher}'", "has other roles than were logged"),
        ("roles = '{}'", "has other roles than were logged"),
        ("is_active = false", "is let in, or not, otherwise than was logged"),
    ],
)
def test_roles_that_nobody_gave_are_found(person, change, said):
    past_the_guards(f"UPDATE accounts_user SET {change} WHERE id = %s", person.pk)
    assert fault() == f"person {person.reference} {said}"


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'schools' WHERE kind = 'roles'",
        "roles = '{auditor}' WHERE kind = 'roles'",
        "by_id = user_id",
        "at = at - interval '1 day'",
    ],
)
def test_changes_of_accounts_that_were_not_logged_are_found(person, change):
    past_the_guards(f"UPDATE accounts_accountchange SET {change}")
    assert "of an account" in fault()


@pytest.mark.parametrize("kind", ["added", "name", "roles", "deactivated", "reactivated"])
def test_a_change_of_an_account_that_was_deleted_is_found(person, kind):
    past_the_guards(f"DELETE FROM accounts_accountchange WHERE kind = '{kind}'")
    assert re.fullmatch(r"entry \d+: the change of an account it vouches for is missing", fault())


def test_an_account_that_was_deleted_is_found(person):
    past_the_guards("DELETE FROM accounts_accountchange WHERE user_id = %s", person.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_user WHERE id = %s", [person.pk])
        cursor.execute("SET session_replication_role = origin")
    assert "the change of an account it vouches for is missing" in fault()


def test_a_change_of_an_account_that_was_added_is_found(person):
    past_the_guards(
        """INSERT INTO accounts_accountchange (user_id, kind, roles, schools, at)
        VALUES (%s, 'roles', '{notice-editor,notice-publisher}', '{}', now())""",
        person.pk,
    )
    assert fault().endswith("of an account is stored, but was never logged")
