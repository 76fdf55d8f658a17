"""The role that docs/operations.md gives the application, as whom tests connect to the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock
from uuid import uuid4

from django.db import connection, connections

from tests.places import ROOT

DOCUMENTED = ROOT / "docs" / "operations.md"
PASSWORD = "documented"


def documented_sql() -> str:
    """The statements that the document has."""
    found = re.search(r"```sql\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found[1]


@contextmanager
def documented_role(database: str) -> Iterator[str]:
    """Let every connection of this process, in any thread, be a new one of a role as documented."""
    role = f"portal_app_{uuid4().hex[:8]}"
    sql = documented_sql().replace("portal_app", role)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        cursor.execute(sql.replace("DATABASE portal ", f'DATABASE "{database}" '))
    wrapper = type(connections["default"])
    parameters = wrapper.get_connection_params

    def as_the_role(self: object) -> dict[str, object]:
        return {**parameters(self), "user": role, "password": PASSWORD}

    connections.close_all()
    try:
        with mock.patch.object(wrapper, "get_connection_params", as_the_role):
            yield role
            connections.close_all()
    finally:
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP OWNED BY {role}")
            cursor.execute(f"DROP ROLE {role}")
