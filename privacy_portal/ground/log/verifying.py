"""Recomputing the log from its first entry (`log verify`)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction

from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from privacy_portal.ground.log.models import Entry, Head


@dataclass(frozen=True, slots=True)
class Verified:
    """A sound log: how many entries, and the root over them as 64 hexadecimal digits."""

    size: int
    root: str


class LogBrokenError(Exception):
    """The log is not as it was written. `seq` is the first bad entry; None: the head itself."""

    def __init__(self, seq: int | None, why: str):
        self.seq = seq
        self.why = why
        super().__init__(f"entry {seq}: {why}" if seq is not None else why)


# Checks what an entry of its event vouches for elsewhere; returns what is wrong, or None.
Check = Callable[[int, Mapping[str, object]], str | None]


def verify(checks: Mapping[str, Check], *, progress: Callable[[int], None]) -> Verified:
    """Recompute every leaf and the root, and run the check of each entry's event.

    Reads one snapshot of the database (inside a transaction: that transaction's). Calls `progress` with the number of entries
    checked so far. Raises LogBrokenError at the first fault.
    """
    nested = transaction.get_connection().in_atomic_block
    with transaction.atomic():
        if not nested:
            with transaction.get_connection().cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return _verify(checks, progress)


def _verify(checks: Mapping[str, Check], progress: Callable[[int], None]) -> Verified:
    head = Head.objects.get()
    frontier = Frontier()
    for entry in Entry.objects.order_by("seq").iterator(chunk_size=2_000):
        if entry.seq != frontier.size:
            raise LogBrokenError(frontier.size, "is missing")
        data = bytes(entry.body)
        if leaf_hash(data) != bytes(entry.leaf):
            raise LogBrokenError(entry.seq, "the body does not have the hash it was stored with")
        try:
            parsed = json.loads(data)
            sound = canonical(parsed) == data
        except (ValueError, TypeError):
            sound = False
        if not sound:
            raise LogBrokenError(entry.seq, "the body is not canonical JSON")
        if (check := checks.get(parsed.get("event", ""))) and (why := check(entry.seq, parsed)):
            raise LogBrokenError(entry.seq, why)
        frontier.add(leaf_hash(data))
        progress(frontier.size)
    if head.size > frontier.size:
        raise LogBrokenError(frontier.size, "is missing")
    if head.size < frontier.size:
        raise LogBrokenError(head.size, "was added past the head")
    if bytes(head.frontier) != frontier.as_bytes():
        raise LogBrokenError(None, "the root of the entries is not the one the head vouches for")
    return Verified(frontier.size, frontier.root().hex())
