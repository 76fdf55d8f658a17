"""Adding entries to the log (docs/rulebook.md, L1 to L3)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from privacy_portal.ground.log.models import Entry, Head, Salt
from privacy_portal.ground.log.texts import Texts, new_salt
from privacy_portal.ground.monitor.lines import tell_logged

Body = Mapping[str, object]


def record(event: str, /, *, at: datetime, by: User | None, **values: object) -> int:
    """Append one entry of the kind `event` and return its number; see `body` and `append`."""
    return append([body(event, at=at, by=by, **values)])


def body(event: str, /, *, at: datetime, by: User | None, **detail: object) -> Body:
    """Return the body of an entry: what happened, when (UTC), by whom (a random reference), and detail.

    Detail has no name or other personal information: people appear as references only (L4). What people
    wrote is given as `texts`, of which the entry gets a salted hash.
    """
    return {
        "event": event,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": str(by.reference) if by else None,
        **detail,
    }


def append(bodies: Iterable[Body]) -> int:
    """Append an entry for each body and return the number (`seq`) of the first.

    Belongs last in the transaction of the event it records: it locks the head row, so
    entries stand in the order of commits and `seq` has no gaps. Raises
    TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("An entry belongs to its event's transaction.")
    head = Head.objects.select_for_update().get()
    first = head.size
    frontier = Frontier.from_bytes(head.size, bytes(head.frontier))
    entries, told, salts = [], [], []
    for entry in bodies:
        texts = {name: value for name, value in entry.items() if isinstance(value, Texts)}
        if texts:
            salt = new_salt()
            salts.append(Salt(entry=frontier.size, salt=salt))
            entry = {**entry, **{name: value.digest(salt) for name, value in texts.items()}}
        data = canonical(entry)
        leaf = leaf_hash(data)
        told.append(entry)
        entries.append(Entry(seq=frontier.size, body=data, leaf=leaf))
        frontier.add(leaf)
    Entry.objects.bulk_create(entries, batch_size=5_000)
    Salt.objects.bulk_create(salts, batch_size=5_000)
    Head.objects.update(size=frontier.size, frontier=frontier.as_bytes())
    tell_logged(first, told)
    return first
