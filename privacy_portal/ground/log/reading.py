"""Read the log without waiting for whoever appends to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from privacy_portal.ground.log.models import Head

CHUNK = 4_096

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


@contextmanager
def snapshot() -> Iterator[None]:
    """Read the database as it is at one moment; inside a transaction, as that transaction sees it."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
