"""Search the log: by event, by who did it, by whom or what an entry is about, and by day.

Every filter has an index of the log's own table, made of the bytes of its entries: there is nothing beside
the log that could disagree with it (docs/decisions/49).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from privacy_portal.ground.log.models import Entry

# An entry is appended within minutes of the time it gives: nothing waits for a day.
OUT_OF_ORDER = timedelta(days=1)
# Of a download, as many entries at a time.
PIECE = 1_000

_AT = "log_value(body, 'at')"
_BY = "log_value(body, 'by')"
_EVENT = "log_value(body, 'event')"
# As every entry writes its time, which is therefore in order as text.
_WRITTEN = "'____-__-__T__:__:__.______+00:00'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to find; what is left empty filters nothing.

    `events` are kinds, any of them. `by` is the reference of who did it, or NOBODY. `about` are references
    of one person or thing, any of which the entry names besides; `person` is another that it must name.
    `first` and `last` bound its time.
    """

    events: Sequence[str] = ()
    by: str = ""
    about: Sequence[str] = ()
    person: str = ""
    first: datetime | None = None
    last: datetime | None = None


# In place of who did it: what jobs and people outside did.
NOBODY = "nobody"


def entries(wanted: Wanted, *, before: int | None, most: int) -> list[Entry]:
    """Return the newest entries that are wanted, at most so many, of those numbered below `before`; 1
    query, and 2 more for each day that bounds them."""
    bounds = _bounds(wanted, before)
    if bounds is None:
        return []
    sql, values = _numbers(wanted, *bounds, most)
    return list(
        Entry.objects.raw(
            # Made of this module's own constants.
            f"SELECT seq, body, leaf FROM log_entry WHERE seq = ANY(ARRAY({sql})) ORDER BY seq DESC",  # noqa: S608
            values,
        )
    )


def pieces(wanted: Wanted) -> Iterator[list[Entry]]:
    """Yield all entries that are wanted, newest first, 1,000 at a time; the queries of `entries` for each."""
    before = None
    while piece := entries(wanted, before=before, most=PIECE):
        yield piece
        if len(piece) < PIECE:
            return
        before = piece[-1].seq


def entry(seq: int) -> Entry | None:
    """Return the entry of this number; 1 query."""
    return Entry.objects.filter(seq=seq).first()


def _numbers(
    wanted: Wanted, lowest: int | None, highest: int | None, most: int
) -> tuple[str, list[Any]]:
    """Return SQL for the numbers of entries, newest first, and its values."""
    conditions: list[str] = []
    values: list[Any] = []

    def narrow(condition: str, value: object) -> None:
        conditions.append(condition)
        values.append(value)

    if wanted.by:
        narrow(f"{_BY} = %s", "" if wanted.by == NOBODY else wanted.by)
    if lowest is not None:
        narrow("seq >= %s", lowest)
    if highest is not None:
        narrow("seq <= %s", highest)
    # The index of times is not to be used for these: entries come by their numbers.
    if wanted.first:
        narrow(f"{_AT} || '' >= %s", _text(wanted.first))
    if wanted.last:
        narrow(f"{_AT} || '' <= %s", _text(wanted.last))
    if wanted.about or wanted.person:
        if wanted.events:
            narrow(f"{_EVENT} = ANY(%s)", list(wanted.events))
        return _about(wanted, conditions, values, most)
    if not wanted.events:
        where = " AND ".join(["true", *conditions])
        return (
            f"SELECT seq FROM log_entry WHERE {where} ORDER BY seq DESC LIMIT %s",  # noqa: S608
            [*values, most],
        )
    where = " AND ".join([f"{_EVENT} = kind.event", *conditions])
    # The newest of each kind come from one place of an index; the newest of all are among them.
    sql = f"""
        SELECT newest.seq FROM unnest(%s::text[]) kind(event) CROSS JOIN LATERAL (
            SELECT seq FROM log_entry WHERE {where} ORDER BY seq DESC LIMIT %s
        ) newest ORDER BY newest.seq DESC LIMIT %s"""  # noqa: S608
    return sql, [list(wanted.events), *values, most, most]


def _about(
    wanted: Wanted, conditions: Sequence[str], values: Sequence[Any], most: int
) -> tuple[str, list[Any]]:
    where = " AND ".join(["true", *conditions])
    named = [
        ("log_references(body) && %s::text[]", list(wanted.about)),
        ("log_references(body) @> %s::text[]", [wanted.person] if wanted.person else []),
    ]
    of_them = " AND ".join(condition for condition, references in named if references)
    # Apart, so that nothing but the index of references is ever used.
    sql = f"""
        WITH about AS MATERIALIZED (SELECT seq, body FROM log_entry WHERE {of_them})
        SELECT seq FROM about WHERE {where} ORDER BY seq DESC LIMIT %s"""  # noqa: S608
    references = [references for _, references in named if references]
    return sql, [*references, *values, most]


def _bounds(wanted: Wanted, before: int | None) -> tuple[int | None, int | None] | None:
    """Return the lowest and the highest number that an entry can have; None where there is no entry."""
    lowest = None
    highest = None if before is None else before - 1
    if wanted.first:
        lowest = _edge(wanted.first, last=False)
        if lowest is None:
            return None
    if wanted.last:
        newest = _edge(wanted.last, last=True)
        if newest is None:
            return None
        highest = newest if highest is None else min(highest, newest)
    return lowest, highest


def _edge(at: datetime, *, last: bool) -> int | None:
    """Return the lowest number of an entry from this time on, or with `last` the highest of one up to
    it; None without any; 2 queries."""
    edge, order, number = ("<=", "DESC", "max") if last else (">=", "ASC", "min")
    nearest = f"""
        SELECT {_AT} FROM log_entry WHERE {_AT} {edge} %s AND {_AT} LIKE {_WRITTEN}
        ORDER BY {_AT} {order} LIMIT 1"""  # noqa: S608
    within = f"SELECT {number}(seq) FROM log_entry WHERE {_AT} BETWEEN %s AND %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(nearest, [_text(at)])
        row = cursor.fetchone()
        if row is None:
            return None
        nearby = datetime.fromisoformat(row[0])
        span = sorted([nearby, nearby - OUT_OF_ORDER if last else nearby + OUT_OF_ORDER])
        cursor.execute(within, [_text(moment) for moment in span])
        return int(cursor.fetchone()[0])


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
