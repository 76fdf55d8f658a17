"""In which disclosures something was shared about a person: read from an index that a job fills, and
beyond its mark from the lines themselves, so that nothing is ever missed (docs/decisions/46)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from privacy_portal.ground import locks
from sharing.models import PersonLineMark

# So many rows of files, or one file, are indexed in a transaction.
ROWS = 200_000
# What an organisation is called that is not on the list of organisations.
NOT_LISTED = 0

_UP_TO = """
SELECT entry FROM (
    SELECT entry, sum(rows_total) OVER (ORDER BY entry) AS rows, row_number() OVER (ORDER BY entry) AS place
    FROM (
        SELECT entry, COALESCE(rows_total, 0) AS rows_total FROM sharing_disclosure
        WHERE entry > %(mark)s ORDER BY entry LIMIT 1000
    ) AS waiting
) AS waiting WHERE rows <= %(rows)s OR place = 1 ORDER BY entry DESC LIMIT 1
"""
_LINES = """
SELECT DISTINCT line.person, disclosure.entry, COALESCE(disclosure.recipient_id, 0), line.item_set
FROM sharing_disclosure disclosure
JOIN sharing_disclosureline line ON line.disclosure_id = disclosure.id
WHERE disclosure.entry > %(mark)s AND disclosure.entry <= %(last)s
    AND line.person IS NOT NULL AND line.item_set IS NOT NULL
"""
_INDEX = f"""
INSERT INTO sharing_personline (person, entry, recipient, item_set)
{_LINES}
ORDER BY line.person
"""
_STORED = "SELECT person, entry, recipient, item_set FROM sharing_personline"
_DIFFERING = f"""
SELECT min(entry) FROM (
    (({_LINES}) EXCEPT ({_STORED})) UNION ALL (({_STORED}) EXCEPT ({_LINES}))
) AS differing
"""  # noqa: S608, made of this module's own constants
# In one statement, so that counts and list are of the same moment. Entries are committed in the order of
# their numbers (the log's head is locked until then), so none below the mark comes later; what is indexed
# after the mark was read is found twice and counted once. The mark is a value, not a subquery, and OFFSET
# keeps the tail apart, so that the server reads the lines of these few disclosures and no others.
_LIST = """
WITH lines AS (
    SELECT entry, recipient, item_set FROM sharing_personline WHERE person = ANY(%(people)s)
    UNION ALL
    SELECT disclosure.entry, COALESCE(disclosure.recipient_id, 0), line.item_set
    FROM sharing_disclosure disclosure
    CROSS JOIN LATERAL (
        SELECT item_set FROM sharing_disclosureline
        WHERE disclosure_id = disclosure.id AND person = ANY(%(people)s) AND item_set IS NOT NULL
        OFFSET 0
    ) AS line
    WHERE disclosure.entry > %(mark)s
), undone AS (
    SELECT entry FROM sharing_undone undone
    JOIN sharing_disclosure disclosure ON disclosure.id = undone.disclosure_id
), withheld AS (
    SELECT entry, until FROM (
        SELECT DISTINCT ON (disclosure_id) disclosure_id, until FROM sharing_restriction
        ORDER BY disclosure_id, id DESC
    ) AS latest
    JOIN sharing_disclosure disclosure ON disclosure.id = disclosure_id
    WHERE until >= %(on)s
), visible AS (
    SELECT DISTINCT entry, recipient FROM lines
    WHERE entry NOT IN (SELECT entry FROM undone UNION ALL SELECT entry FROM withheld)
), page AS (
    SELECT entry FROM visible
    WHERE (%(recipient)s::bigint IS NULL OR recipient = %(recipient)s)
        AND entry < %(below)s AND entry > %(above)s
    ORDER BY entry {direction} LIMIT %(size)s
)
SELECT 'group', recipient, count(*), max(entry), NULL::smallint[], NULL::date
FROM visible GROUP BY recipient
UNION ALL
SELECT 'entry', 0, 0, entry, array_agg(DISTINCT item_set), NULL
FROM page JOIN lines USING (entry) GROUP BY entry
UNION ALL
SELECT DISTINCT 'withheld', 0, 0, entry, NULL::smallint[], until FROM lines JOIN withheld USING (entry)
WHERE entry NOT IN (SELECT entry FROM undone)
"""
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Group:
    """What was shared with one organisation, by its id (`NOT_LISTED`: not on our list): in how many
    disclosures, and the newest log entry."""

    recipient: int
    count: int
    newest: int


@dataclass(frozen=True, slots=True)
class PersonList:
    """A part of what was shared about a person. `entries` are the places of the sets of items shared, by
    log entry, newest first; `groups` are of the whole list, newest first. `withheld` are the days until
    which entries are withheld from the family, which neither of the others has."""

    groups: Sequence[Group]
    entries: Mapping[int, Sequence[int]]
    withheld: Mapping[int, date]


def shared_about(
    people: Iterable[UUID],
    *,
    on: date,
    size: int,
    recipient: int | None = None,
    below: int = _MOST,
    above: int = -1,
    oldest: bool = False,
) -> PersonList:
    """Return what the family of a person, by all their references, can see on a day; 2 queries.

    `entries` are those between the log entries `below` and `above`, with one `recipient` if it is given: the
    newest `size`, or with `oldest` the oldest.
    """
    parameters: dict[str, Any] = {
        "people": list(people), "on": on, "size": size, "recipient": recipient,
        "below": below, "above": above, "mark": _mark(),
    }  # fmt: skip
    groups, entries, withheld = [], {}, {}
    with connection.cursor() as cursor:
        cursor.execute(_LIST.format(direction="ASC" if oldest else "DESC"), parameters)
        for kind, organisation, count, entry, item_sets, until in cursor.fetchall():
            if kind == "group":
                groups.append(Group(organisation, count, entry))
            elif kind == "entry":
                entries[entry] = tuple(item_sets)
            else:
                withheld[entry] = until
    groups.sort(key=lambda group: -group.newest)
    return PersonList(groups, dict(sorted(entries.items(), reverse=True)), withheld)


def index_lines(*, at: datetime) -> int:
    """Index the lines of every disclosure that is not indexed yet, oldest first; return how many lines.

    Takes no lock that a hand-over waits for. 5 queries for each `ROWS` rows of files.
    """
    indexed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            if not locks.take_if_free(locks.Row.PERSON_LINES, 0):
                return indexed
            parameters = {"mark": _mark(), "rows": ROWS}
            cursor.execute(_UP_TO, parameters)
            if (row := cursor.fetchone()) is None:
                return indexed
            cursor.execute(_INDEX, {**parameters, "last": row[0]})
            indexed += cursor.rowcount
            PersonLineMark.objects.create(entry=row[0], at=at)


def index_fault() -> str | None:
    """Return a sentence about the first disclosure whose lines the index says otherwise; 2 queries."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING, {"mark": -1, "last": _mark()})
        (entry,) = cursor.fetchone()
    if entry is None:
        return None
    return f"the index of pupils' lists differs from the lines of entry {entry}"


def _mark() -> int:
    newest = PersonLineMark.objects.order_by("-entry").first()
    return newest.entry if newest else -1
