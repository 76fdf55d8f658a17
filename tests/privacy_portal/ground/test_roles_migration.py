"""An account of before keeps what it could do once roles are several."""

import pytest
from django.core.management import call_command
from django.db import connection, connections

from tests.databases import DATABASES, drop_database, make_database, use_database

ADD = """
INSERT INTO accounts_user (password, email, name, role, edits_notices, protected_records,
    heads_protected_records, reference, is_active, date_joined)
VALUES ('x', %s, 'N', %s, %s, %s, false, gen_random_uuid(), true, now())
"""
BEFORE = {
    "school@example.org": ("school-staff", False, False, ["school-staff"]),
    "officer@example.org": ("officer", False, False, ["officer", "approving-officer"]),
    "editor@example.org": (
        "officer", True, True,
        [
            "notice-editor", "notice-publisher", "officer", "approving-officer",
            "protected-records-officer",
        ],
    ),
}  # fmt: skip


@pytest.fixture
def empty_database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        before, name = connection.settings_dict["NAME"], f"{DATABASES[-1]}_before"
        make_database(name, "template0")
        use_database(name)
        yield
        connections.close_all()
        use_database(before)
        drop_database(name)


def test_roles_of_before_are_roles_of_now(empty_database):
    call_command("migrate", "accounts", "0002", verbosity=0)
    with connection.cursor() as cursor:
        for email, (role, edits, protected, _) in BEFORE.items():
            cursor.execute(ADD, [email, role, edits, protected])
    call_command("migrate", "accounts", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, roles FROM accounts_user")
        now = dict(cursor.fetchall())
    assert now == {email: roles for email, (*_, roles) in BEFORE.items()}
