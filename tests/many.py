"""Ten thousand rows and more, as in a portal in use."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def store_many(rows: Iterable[Row], *, batch_size: int | None = None) -> list[Row]:
    """Store rows of one table at once and have the server look at it, as it does by itself after a
    minute: until then it plans as if there were few, and a page may take a hundred times as long."""
    made = list(rows)
    model = type(made[0])
    model._default_manager.bulk_create(made, batch_size=batch_size)
    with connection.cursor() as cursor:
        cursor.execute(f'ANALYZE "{model._meta.db_table}"')
    return made
