"""How long many lists are, and how old what is in them, asked at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet


def row_counts(lists: Mapping[str, QuerySet[Model]]) -> dict[str, int]:
    """Return the number of rows of each list, by its name; 1 query for all of them together."""
    asked = {name: ("COUNT(*)", rows.values("pk"), []) for name, rows in lists.items()}
    return dict.fromkeys(lists, 0) | _of_each(asked)


def counts_since(
    lists: Mapping[str, QuerySet[Model]], limits: Mapping[str, Sequence[date | datetime]]
) -> dict[str, list[int]]:
    """Return by name how many rows of each list have a `began`, annotated to it, at each of the list's limits
    or later, and then how many there are; 1 query for all of them together."""
    asked = {}
    for name, rows in lists.items():
        since = "".join("COUNT(*) FILTER (WHERE began >= %s), " for _ in limits[name])
        asked[name] = (f"ARRAY[{since}COUNT(*)]", rows.values("began"), list(limits[name]))
    return {name: [0] * (len(limits[name]) + 1) for name in lists} | _of_each(asked)


def _of_each(
    asked: Mapping[str, tuple[str, "QuerySet[Any, Any]", Sequence[object]]],
) -> dict[str, Any]:
    """Return what is asked of each list in SQL, with its values; nothing of one that is known to be empty."""
    parts: list[str] = []
    names: list[str] = []
    values: list[Any] = []
    for name, (what, rows, of_what) in asked.items():
        try:
            sql, parameters = rows.order_by().query.sql_with_params()
        except EmptyResultSet:
            continue  # it is known to be empty without asking
        # Django's own SQL, with its values apart.
        parts.append(f"(SELECT {what} FROM ({sql}) list_{len(parts)})")  # noqa: S608
        values += [*of_what, *parameters]
        names.append(name)
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(names, cursor.fetchone(), strict=True))
