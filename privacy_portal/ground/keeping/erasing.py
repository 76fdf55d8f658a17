"""Erase what names people, once and for good, so that the log goes on vouching for what stays (R2, L4)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Cast, Concat

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.files.private_files import path_of
from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.erasable import KEY, Erasable
from privacy_portal.ground.log.models import Erasure, Salt
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.vouching import Kind, each

EVENT = "details-erased"
# Files of erasures as recent are looked for again, in case a process died before it deleted them.
SWEPT = timedelta(days=60)
What = Erasure.What
Rows = Mapping[type[Erasable], Collection[int]]


@dataclass(frozen=True, slots=True)
class Extent:
    """What is emptied and deleted with a person: rows by model and primary key, and private files by folder
    and name. `references` are those by which entries name the person."""

    rows: Rows = field(default_factory=dict)
    files: Sequence[tuple[str, UUID]] = ()
    references: Sequence[str] = ()


def erase(
    what: Erasure.What,
    key: str,
    extent: Extent,
    *,
    rule: str,
    kinds: Sequence[Kind],
    by: User | None,
    at: datetime,
) -> Erasure:
    """Record that something is erased and empty its rows; its files are deleted after the commit.

    `kinds` are those of `log verify`. Belongs into the transaction that holds the locks, which ends with
    `log_erasures`. Whoever calls it has asked the rules. Rows that were emptied before stay as they are.
    """
    rows = {
        model: sorted(model._default_manager.filter(pk__in=keys, erased=False).values_list("pk", flat=True))  # noqa: SLF001
        for model, keys in extent.rows.items()
    }  # fmt: skip
    rows = {model: keys for model, keys in rows.items() if keys}
    erasure = Erasure.objects.create(
        what=what,
        key=key,
        rule=rule,
        rows={model._meta.db_table: [str(number) for number in keys] for model, keys in rows.items()},  # noqa: SLF001
        files=[[folder, str(name)] for folder, name in extent.files],
        entries=salted_entries(rows, kinds, extent.references),
        at=at,
        by=by,
    )  # fmt: skip
    for model, keys in rows.items():
        model._default_manager.filter(pk__in=keys).update(erased=True, **_blanks(model))  # noqa: SLF001
    Salt.objects.filter(entry__in=erasure.entries).delete()
    transaction.on_commit(lambda: _delete(extent.files))
    return erasure


def log_erasures(*erasures: Erasure, also: Iterable[Body] = ()) -> None:
    """Append the entries of erasures, after those in `also`; belongs last in their transaction."""
    append([*also, *map(erasure_body, erasures)])


def _blanks(model: type[Erasable]) -> dict[str, Any]:
    """Return what the columns of emptied rows become, as the table's trigger asks for it."""
    return {
        name: _with_key(model, name, blank) if isinstance(blank, str) and KEY in blank else blank
        for name, blank in model.blanks.items()
    }


def _with_key(model: type[Erasable], name: str, blank: str) -> Case:
    """Return a blank that has the row's primary key at its end; NULL where there was nothing."""
    number = Cast(F("pk"), CharField())
    with_key = Concat(Value(blank.removesuffix(KEY)), number)
    return Case(When(**{f"{name}__isnull": True}, then=Value(None)), default=with_key)


def erasure_body(erasure: Erasure) -> Body:
    """Make the entry of an erasure from its row."""
    person = erasure.key if erasure.what in (What.PUPIL, What.ACCOUNT) else None
    return body(
        EVENT,
        at=erasure.at,
        by=erasure.by,
        erasure=erasure.pk,
        kind=erasure.what,
        **({"person": person} if person else {"key": erasure.key}),
        rule=erasure.rule,
        entries=erasure.entries,
        texts=texts_of(erasure),
    )


KINDS = (
    Kind(
        events=(EVENT,),
        name="erasure",
        rows=lambda: Erasure.objects.select_related("by"),
        key="erasure",
        field="pk",
        facts=each(erasure_body),
        whole=True,
    ),
)


def salted_entries(
    rows: Mapping[type[Erasable], Collection[int]], kinds: Sequence[Kind], references: Sequence[str]
) -> list[int]:
    """Return the numbers of the entries that vouch for these rows and have a hash of their texts, lowest
    first; 1 query, 1 for each kind of these rows, and 1 more where its entries name nobody."""
    numbers: set[int] = set()
    about = _entries("log_references(body) && %s::text[]", list(references))
    for kind in kinds:
        if (model := kind.rows().model) not in rows:
            continue
        keys = set(kind.keys_of(kind.rows().filter(pk__in=rows[model])))
        found = _vouching(kind, keys, about)
        if {key for key, _ in found} != keys:
            found |= _vouching(
                kind, keys, _entries("log_value(body, 'event') = ANY(%s)", list(kind.events))
            )
        numbers |= {seq for _, seq in found if seq is not None}
    return sorted(numbers)


def _vouching(
    kind: Kind, keys: Collection[str], entries: Iterable[tuple[int, Body]]
) -> set[tuple[str, int | None]]:
    """Return the keys of rows that these entries vouch for, each with the number of an entry that has a hash
    of texts, or None."""
    return {
        (str(entry[kind.key]), seq if "texts" in entry else None)
        for seq, entry in entries
        if entry.get("event") in kind.events and str(entry.get(kind.key)) in keys
    }


def _entries(condition: str, value: list[str]) -> list[tuple[int, Body]]:
    with connection.cursor() as cursor:
        # The conditions are this module's own.
        cursor.execute(f"SELECT seq, body FROM log_entry WHERE {condition}", [value])  # noqa: S608
        return [(seq, orjson.loads(bytes(stored))) for seq, stored in cursor.fetchall()]


def sweep_files(*, at: datetime) -> int:
    """Delete files of recent erasures that are still there, since a process died; return how many."""
    recent = Erasure.objects.filter(at__gte=at - SWEPT).exclude(files=[])
    return sum(
        _delete([(folder, UUID(name)) for folder, name in files])
        for files in recent.values_list("files", flat=True)
    )


def _delete(files: Sequence[tuple[str, UUID]]) -> int:
    gone = 0
    for folder, name in files:
        path = path_of(folder, name)
        if path.exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
