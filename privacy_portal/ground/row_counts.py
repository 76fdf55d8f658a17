"""How long many lists are, asked at once."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet


def row_counts(lists: Mapping[str, QuerySet[Model]]) -> dict[str, int]:
    """Return the number of rows of each list, by its name; 1 query for all of them together."""
    numbers = dict.fromkeys(lists, 0)
    parts: list[str] = []
    counted: list[str] = []
    values: list[Any] = []
    for name, rows in lists.items():
        try:
            sql, parameters = rows.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue  # it is known to be empty without asking
        # Django's own SQL, with its values apart.
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) list_{len(parts)})")  # noqa: S608
        values += parameters
        counted.append(name)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", values)
            numbers.update(zip(counted, cursor.fetchone(), strict=True))
    return numbers
