"""Changes that the database refuses of what is published or signed, for tests of what would follow."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def policy_unguarded() -> Iterator[None]:
    """Let the policy be changed past its triggers, as only an administrator of the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
