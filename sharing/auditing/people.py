"""What people may do, and who was erased, compared with what entries say of them (L5, L6, R2)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps

from consent.models import Pupil
from privacy_portal.ground.accounts.models import AccountChange, User
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.erasable import Erasable
from privacy_portal.ground.log.examining import ERASED
from privacy_portal.ground.log.models import Erasure
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.log.vouching import Body

_EVENTS = (
    "person-added", "roles-changed", "person-deactivated", "person-reactivated", "details-erased",
)  # fmt: skip
_Change = AccountChange.Kind
# Which change of an account each event is.
_CHANGES = {
    "person-added": _Change.ADDED, "person-renamed": _Change.NAME, "roles-changed": _Change.ROLES,
    "protected-records-lead": _Change.ROLES, "schools-changed": _Change.SCHOOLS,
    "person-deactivated": _Change.DEACTIVATED, "person-reactivated": _Change.REACTIVATED,
    "factors-reset": _Change.FACTORS_RESET,
}  # fmt: skip
# The roles of a person, and whether they are let in; None where no entry says it.
Told = tuple[frozenset[str] | None, bool | None]


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """What an entry says of a person, by the random reference of the account; `roles` and `schools` are None
    where it says nothing of them."""

    seq: int
    event: str
    person: str
    at: datetime
    by: str | None
    roles: list[str] | None
    schools: list[str] | None

    @classmethod
    def read(cls, seq: int, entry: Body) -> "PersonEntry":
        """Read an entry. Raises LogBrokenError where it does not say of whom, when and what."""
        person, by = entry.get("person"), entry.get("by")
        lists = [entry.get(name) for name in ("roles", "schools")]
        try:
            at = datetime.fromisoformat(entry["at"])
        except (KeyError, TypeError, ValueError):
            at = None
        event = entry.get("event")
        if (
            at is None
            or not isinstance(person, str if event != ERASED else str | None)
            or not isinstance(by, str | None)
            or not all(each is None or _are_texts(each) for each in lists)
            or (event == "roles-changed" and lists[0] is None)
        ):
            raise LogBrokenError(seq, "does not say whose account was changed, and how")
        return cls(seq, str(event), person or "", at, by, *lists)

    @property
    def change(self) -> tuple[str, str, datetime, str | None]:
        """Return what tells the change of an account apart from others."""
        return _CHANGES[self.event], self.person, self.at, self.by


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def told(entries: Iterable[PersonEntry]) -> Mapping[str, Told]:
    """Return what entries, oldest first, say of each person. Of the first of an example, and of whom another
    version of the portal knew, there is none that says how they began."""
    people: dict[str, Told] = {}
    for entry in entries:
        roles, is_active = people.get(entry.person, (None, None))
        match entry.event:
            case "person-added" | "person-reactivated":
                roles, is_active = frozenset(), True
            case "roles-changed":
                roles = frozenset(entry.roles or ())
            case "person-deactivated":
                is_active = False
            case "details-erased":
                roles = frozenset()
        people[entry.person] = (roles, is_active)
    return people


def roles_fault() -> str | None:
    """Return a sentence about the first person who may do something else, or is let in otherwise, than entries
    say; 1 query, and 1 for each 1,000 entries about such people. Raises LogBrokenError where an entry does
    not say that."""
    people = told(reversed(_entries(_EVENTS)))
    for user in User.objects.order_by("pk"):
        roles, is_active = people.get(str(user.reference), (None, None))
        if roles not in (None, frozenset(user.roles)):
            return f"person {user.reference} has other roles than were logged"
        if is_active not in (None, user.is_active):
            return f"person {user.reference} is let in, or not, otherwise than was logged"
    return None


def changes_fault() -> str | None:
    """Return a sentence about the first change of an account that is stored and was never logged, or otherwise;
    1 query, and 1 for each 1,000 entries about such changes. Raises LogBrokenError with the first entry
    whose change is not stored, or that does not say whose it was."""
    logged: dict[object, list[PersonEntry]] = defaultdict(list)
    for entry in _entries(tuple(_CHANGES)):
        logged[entry.change].append(entry)
    for row in AccountChange.objects.select_related("user", "by").order_by("-pk"):
        kind = _Change.DEACTIVATED if row.kind == _Change.UNUSED else _Change(row.kind)
        by = str(row.by.reference) if row.by else None
        entries = logged[kind, str(row.user.reference), row.at, by]
        if not entries:
            return f"change {row.pk} of an account is stored, but was never logged"
        alike = [each for each in entries if _is_as_logged(row, each)]
        if not alike:
            return f"change {row.pk} of an account differs from what was logged"
        entries.remove(alike[0])
    if missing := [entry.seq for entries in logged.values() for entry in entries]:
        raise LogBrokenError(min(missing), "the change of an account it vouches for is missing")
    return None


def _is_as_logged(row: AccountChange, entry: PersonEntry) -> bool:
    return entry.roles in (None, row.roles) and entry.schools in (None, row.schools)


def _entries(events: Sequence[str]) -> list[PersonEntry]:
    """Return the entries of these events, newest first. Raises LogBrokenError where one does not say whose
    account it is about."""
    pieces = searching.pieces(searching.Wanted(events=events))
    return [
        PersonEntry.read(entry.seq, json.loads(bytes(entry.body)))
        for piece in pieces
        for entry in piece
    ]


def erased_fault() -> str | None:
    """Return a sentence about the first pupil or account that was erased by its row alone, or by its erasure
    alone; 2 queries for each."""
    for what, model in ((Erasure.What.PUPIL, Pupil), (Erasure.What.ACCOUNT, User)):
        erasures = set(Erasure.objects.filter(what=what).values_list("key", flat=True))
        rows = model._default_manager.exclude(erased_at=None).values_list("reference", flat=True)  # noqa: SLF001
        empty = {str(reference) for reference in rows}
        if unlike := min(erasures ^ empty, default=""):
            was = "was erased, but is not empty" if unlike in erasures else "was never erased"
            return f"{what.label.lower()} {unlike} {was}"
    return _emptied_fault()


def _emptied_fault() -> str | None:
    """Return a sentence about the first row that says it was emptied and stands in no erasure, or the other way
    round; 1 query, and 1 for each table of such rows."""
    emptied: dict[str, set[str]] = defaultdict(set)
    for rows in Erasure.objects.values_list("rows", flat=True):
        for table, keys in rows.items():
            emptied[table].update(keys)
    for model in apps.get_models():
        if not issubclass(model, Erasable):
            continue
        said = model._default_manager.filter(erased=True).values_list("pk", flat=True)  # noqa: SLF001
        table, empty = model._meta.db_table, {str(key) for key in said}  # noqa: SLF001
        if unlike := min(empty ^ emptied[table], default=""):
            was = "does not say that it was" if unlike in emptied[table] else "was never"
            return f"{model._meta.verbose_name} {unlike} {was} emptied"  # noqa: SLF001
    return None
