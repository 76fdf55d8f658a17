"""Read the log without waiting for whoever appends to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

from django.db import connection, transaction
from django.db.models import Max
from psycopg import Cursor

from privacy_portal.ground.log.models import Entry, Head

CHUNK = 4_096
# So many entries are examined at once: a power of 2, so that their tree is a part of that over all.
STRETCH = 8_192

# Number, body and leaf hash, as they are stored.
StoredEntry = tuple[int, bytes, bytes]


def entries_so_far() -> int:
    """Return the number of entries in the log; all with a lower number are committed; 1 query."""
    return int(Head.objects.values_list("size", flat=True).get())


def stored_entries(first: int = 0) -> Iterator[list[StoredEntry]]:
    """Yield the entries from number `first` on, up to 4,096 at once, in the order of their numbers.

    Reads through one cursor of the server, so a million take no more memory than one batch. Belongs in
    a transaction.
    """
    with connection.connection.cursor(name="log_entries", binary=True) as cursor:
        cursor.itersize = CHUNK
        cursor.execute(
            "SELECT seq, body, leaf FROM log_entry WHERE seq >= %s ORDER BY seq", [first]
        )
        while entries := cursor.fetchmany(CHUNK):
            yield entries


def entries_stored() -> int:
    """Return the number after the highest of an entry that is stored, whatever the head says; 1 query."""
    highest = Entry.objects.aggregate(highest=Max("seq"))["highest"]
    return 0 if highest is None else int(highest) + 1


def entries_between(begin: int, end: int) -> list[StoredEntry]:
    """Return the stored entries from number `begin` to before `end`, in the order of their numbers; 1 query."""
    return _read(
        "SELECT seq, body, leaf FROM log_entry WHERE seq >= %s AND seq < %s ORDER BY seq",
        begin,
        end,
    )


def salts_between(begin: int, end: int) -> list[tuple[int, bytes]]:
    """Return the stored salts of the entries from number `begin` to before `end`, with these numbers; 1 query."""
    return _read("SELECT entry, salt FROM log_salt WHERE entry >= %s AND entry < %s", begin, end)


def _read(query: LiteralString, *values: int) -> list[Any]:
    with Cursor(connection.connection) as cursor:
        return cursor.execute(query, values, binary=True).fetchall()


@contextmanager
def snapshot() -> Iterator[bool]:
    """Read the database as it is at one moment; inside a transaction, as that transaction sees it. Yields
    whether it is inside one."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield nested
