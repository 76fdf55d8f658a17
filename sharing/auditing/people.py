"""What people may do, and who was erased, compared with what entries say of them (L5, L6, R2)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from consent.models import Pupil
from privacy_portal.ground.accounts.models import AccountChange, User
from privacy_portal.ground.log import searching
from privacy_portal.ground.log.models import Erasure
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


def told(entries: Iterable[Body]) -> Mapping[str, Told]:
    """Return what entries, oldest first, say of each person. Of the first of an example, and of whom another
    version of the portal knew, there is none that says how they began."""
    people: dict[str, Told] = {}
    for entry in entries:
        roles, is_active = people.get(entry.get("person", ""), (None, None))
        match entry["event"]:
            case "person-added" | "person-reactivated":
                roles, is_active = frozenset(), True
            case "roles-changed":
                roles = frozenset(entry["roles"])
            case "person-deactivated":
                is_active = False
            case "details-erased":
                roles = frozenset()
        people[entry.get("person", "")] = (roles, is_active)
    return people


def roles_fault() -> str | None:
    """Return a sentence about the first person who may do something else, or is let in otherwise, than entries
    say; 1 query, and 1 for each 1,000 entries about such people."""
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
    1 query, and 1 for each 1,000 entries about such changes."""
    logged = {
        (_CHANGES[entry["event"]], entry["person"], datetime.fromisoformat(entry["at"]), entry["by"]): entry
        for entry in _entries(tuple(_CHANGES))
    }  # fmt: skip
    for row in AccountChange.objects.select_related("user", "by").order_by("pk"):
        kind = _Change.DEACTIVATED if row.kind == _Change.UNUSED else _Change(row.kind)
        by = str(row.by.reference) if row.by else None
        entry = logged.get((kind, str(row.user.reference), row.at, by))
        if entry is None:
            return f"change {row.pk} of an account is stored, but was never logged"
        if (
            entry.get("roles", row.roles) != row.roles
            or entry.get("schools", row.schools) != row.schools
        ):
            return f"change {row.pk} of an account differs from what was logged"
    return None


def _entries(events: Sequence[str]) -> list[Body]:
    """Return the entries of these events, newest first."""
    pieces = searching.pieces(searching.Wanted(events=events))
    return [json.loads(bytes(entry.body)) for piece in pieces for entry in piece]


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
    return None
