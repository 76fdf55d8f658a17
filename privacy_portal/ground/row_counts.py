"""How long many lists are, and how old what is in them, asked at once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Model, QuerySet


class Total(NamedTuple):
    """How many rows a list has, and the earliest value of the field that was asked for; None without."""

    number: int = 0
    first: date | datetime | None = None


# What is asked of a list in SQL, the list, and the values of what is asked.
_Asked = tuple[str, QuerySet[Any, Any], Sequence[object]]


def row_counts(lists: Mapping[str, QuerySet[Model]]) -> dict[str, int]:
    """Return the number of rows of each list, by its name; 1 query for all of them together."""
    return {name: total.number for name, total in row_totals(lists, {}).items()}


def row_totals(
    lists: Mapping[str, QuerySet[Model]], firsts: Mapping[str, F | Any]
) -> dict[str, Total]:
    """Return the total of each list, by its name, with the earliest value of the field or expression that
    `firsts` has for it; 1 query for all of them together."""
    totals = dict.fromkeys(lists, Total())
    parts: list[str] = []
    counted: list[str] = []
    values: list[Any] = []
    for name, rows in lists.items():
        first = firsts.get(name)
        columns = (
            {"row_key": F("pk")} if first is None else {"row_key": F("pk"), "row_first": first}
        )
        try:
            sql, parameters = rows.order_by().values(**columns).query.sql_with_params()
        except EmptyResultSet:
            continue  # it is known to be empty without asking
        # Django's own SQL, with its values apart.
        least = "NULL" if first is None else "min(row_first)"
        whole = f"SELECT count(*), {least} FROM ({sql}) list_{len(parts)}"  # noqa: S608
        parts.append(f"LATERAL ({whole}) of_{len(parts)}")
        values += parameters
        counted.append(name)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {', '.join(parts)}", values)  # noqa: S608
            row = cursor.fetchone()
        for place, name in enumerate(counted):
            totals[name] = Total(*row[2 * place : 2 * place + 2])
    return totals


def counts_since(
    lists: Mapping[str, QuerySet[Model]], limits: Mapping[str, Sequence[date | datetime]]
) -> dict[str, list[int]]:
    """Return by name how many rows of each list have a `began`, annotated to it, at each of the list's limits
    or later, and then how many there are; 1 query for all of them together."""
    asked: dict[str, _Asked] = {}
    for name, rows in lists.items():
        since = "".join("COUNT(*) FILTER (WHERE began >= %s), " for _ in limits[name])
        asked[name] = (f"ARRAY[{since}COUNT(*)]", rows.values("began"), list(limits[name]))
    return {name: [0] * (len(limits[name]) + 1) for name in lists} | _of_each(asked)


def _of_each(asked: Mapping[str, _Asked]) -> dict[str, Any]:
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
