"""Pupils on another school's roll: their school or an officer confirms or refuses the move (C6c)."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from consent.decisions.contacts import Contact
from consent.identity_rules import WORDS, Identity, differing, may_be_another
from consent.matching.matching import match_waiting
from consent.models import Pupil, WaitingMove
from consent.queries import schools_of
from consent.roll.identities import identity_changes
from consent.roll.importing import confirmed_identities, store_contacts
from consent.roll.marks import mark_pupils
from consent.roll.merging import RollMerge
from consent.roll.reading import DETAILS, Batch, Mark
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import days_later
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.ground.terms import current as terms

State = WaitingMove.State


@dataclass(frozen=True, slots=True)
class Claim:
    """A pupil as a school's file has them, and which details of identity differ from the record.
    `hidden` says that neither school may be shown: the pupil, or the file, is protected (P2)."""

    surname: str
    forename: str
    born: date
    differences: list[str]
    may_be_another: bool
    hidden: bool


def moves_for(user: User) -> QuerySet[WaitingMove]:
    """Return the moves that a member of staff can answer, oldest first: officers all, others those
    of their schools' pupils; 1 query.

    Those of a protected pupil, or of one whom the other school's file protects, tell where the
    pupil went: only officers with the role for protected records see them (P2).
    """
    moves = _open_moves().exclude(pupil__school=F("to_school"))
    if not user.looks_after_protected_records:
        moves = moves.filter(pupil__protected=False).exclude(row__protected=True)
    if not user.sees_every_school:
        moves = moves.filter(pupil__school__in=schools_of(user).values("pk"))
    return moves.filter(pupil__in=Pupil.objects.standing())


def overdue_for(user: User, *, at: datetime) -> QuerySet[WaitingMove]:
    """Return the moves that a member of staff can answer and nobody has for `MOVE_DAYS`; 1 query."""
    before = days_later(at, -terms.number("move_days"))
    return moves_for(user).filter(Q(since__lt=before) | Q(since=None, at__lt=before))


def refusals_for(user: User) -> QuerySet[WaitingMove]:
    """Return the refused moves that the schools of a member of staff asked for and that nobody
    there has seen, oldest first: only what their own file said about them; 1 query."""
    refused = WaitingMove.objects.filter(state=State.REFUSED, seen_at=None).exclude(row={})
    if user.sees_every_school:
        return refused.none()
    return refused.filter(to_school__in=schools_of(user).values("pk")).order_by("answered_at", "pk")


def mark_seen(moves: Sequence[int], *, by: User, at: datetime) -> int:
    """Mark refused moves as seen by the school that asked, and forget the pupils' names; return the
    number. Leaves out those seen before, or not theirs."""
    with transaction.atomic():
        refusals = refusals_for(by).filter(pk__in=list(moves)).select_for_update().order_by("pk")
        numbers = [move.pk for move in refusals]
        if numbers:
            seen = WaitingMove.objects.filter(pk__in=numbers)
            seen.update(row={}, seen_at=at, seen_by=by)
            log.record("move-refusal-seen", at=at, by=by, moves=numbers)
    return len(numbers)


def requested_by_schools_of(user: User) -> QuerySet[WaitingMove]:
    """Return the moves that the schools of a member of staff wait for, oldest first: only what
    their own file says about them is theirs to see; 1 query."""
    if user.sees_every_school:
        return WaitingMove.objects.none()
    # Without the pupil's record, which is not theirs to see.
    moves = WaitingMove.objects.filter(state=State.WAITING).order_by("at", "pk")
    return moves.filter(to_school__in=schools_of(user).values("pk"))


def claim_of(move: WaitingMove) -> Claim:
    """Return what the other school's file says, compared with the record; no query."""
    cells = move.row["cells"]
    row = Identity(
        cells["surname_folded"], cells["forename_folded"], date.fromisoformat(cells["born"])
    )
    record = move.pupil.identity
    return Claim(
        cells["surname"],
        cells["forename"],
        row.born,
        [WORDS[part] for part in differing(record, row)],
        may_be_another(record, row),
        _protected(move),
    )


def confirm(
    moves: Sequence[int], *, same_child: bool = False, by: User, at: datetime
) -> list[WaitingMove]:
    """Move pupils to their new schools, updated as those schools' files say; return the moves by
    id.

    `same_child` says that someone is sure about those whose details differ much (C6a). One
    transaction: all, or none. Raises NotNowError for one that no longer waits, is not this member
    of staff's to answer, or may be another child.
    """
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        locked = _locked(moves, by)
        # From here on the pupils are another school's.
        with beyond_own_schools():
            entries = [_answered(move, State.CONFIRMED, by, at) for move in locked]
            by_columns: dict[tuple[str, ...], list[WaitingMove]] = defaultdict(list)
            for move in locked:
                by_columns[tuple(move.given)].append(move)
            for columns, alike in by_columns.items():
                entries += _bring_up_to_date(alike, columns, same_child=same_child, by=by, at=at)
            for move in locked:
                move.row = {}
                move.save(update_fields=["row", "state", "answered_at", "answered_by"])
            match_waiting(at=at)
            log.append(entries)
    return locked


def refuse(move: int, *, note: str, by: User, at: datetime) -> None:
    """Refuse a move, and let the school that asked know: until it has seen that, the name is kept
    as its file had it. Raises NotNowError for a move that is answered, or not theirs to answer."""
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        (locked,) = _locked([move], by)
        entry = _answered(locked, State.REFUSED, by, at)
        cells = locked.row["cells"]
        locked.row = {"cells": {name: cells[name] for name in ("surname", "forename")}}
        locked.note = note
        locked.save(update_fields=["row", "state", "answered_at", "answered_by", "note"])
        log.append([entry])


def _open_moves() -> QuerySet[WaitingMove]:
    moves = WaitingMove.objects.filter(state=State.WAITING)
    return moves.select_related("pupil__school", "to_school").order_by("at", "pk")


def _locked(numbers: Sequence[int], by: User) -> list[WaitingMove]:
    """Return the moves, locked, in the order of their ids."""
    locked = list(
        moves_for(by).filter(pk__in=list(numbers)).select_for_update(of=("self",)).order_by("pk")
    )
    if len(locked) != len(set(numbers)):
        raise NotNowError("This has already been answered, or the pupil is now at another school.")
    return locked


def _answered(move: WaitingMove, state: State, by: User, at: datetime) -> log.Body:
    move.state, move.answered_at, move.answered_by = state, at, by
    return log.body(
        f"move-{state.value}",
        at=at,
        by=by,
        move=move.pk,
        person=str(move.pupil.reference),
        # Where a protected pupil was or went is told nowhere (P2).
        from_school=None if _protected(move) else move.pupil.school.urn,
        to_school=None if _protected(move) else move.to_school.urn,
    )


def _protected(move: WaitingMove) -> bool:
    return move.pupil.protected or bool(move.row.get("protected"))


def _bring_up_to_date(
    moves: Sequence[WaitingMove],
    columns: Sequence[str],
    *,
    same_child: bool,
    by: User,
    at: datetime,
) -> list[log.Body]:
    """Update records from the files of their new schools, as an import does; return log entries."""
    rows = [move.row for move in moves]
    cells = [{**row["cells"], "reference": secrets.token_hex(16)} for row in rows]
    batch = Batch(
        lines=range(1, len(rows) + 1),
        upns=[row["upn"] for row in rows],
        former={place: row["former"] for place, row in enumerate(rows) if row["former"]},
        urns=[move.to_school.urn for move in moves],
        details=[[cell[name] for cell in cells] for name in DETAILS],
        schools={},
        faults=[],
        marks={place: _mark_of(row) for place, row in enumerate(rows)},
    )
    with connection.cursor() as cursor, RollMerge(cursor) as merge:
        meant, faults = merge.meant(batch, None)
        if faults:
            raise NotNowError(
                "The other school’s file has UPNs of 2 records. An officer must find out if they "
                "are the same child, and merge the records first."
            )
        if [meant.to_update.get(place) for place in range(len(moves))] != [
            m.pupil_id for m in moves
        ]:
            raise NotNowError("This UPN now belongs to another record. Refuse the move.")
        merge.store(batch, meant)
        changes = identity_changes(merge.rows)
        if changes and not same_child:
            raise NotNowError(
                "The name or date of birth is so different that this may be another child. "
                "Open the move and confirm that it is the same child."
            )
        merge.finish(columns, at, whole=False)
        marked = mark_pupils(merge.marks, by=by, at=at)
    contacts = {
        move.pupil_id: [
            Contact(name, email, address, responsible=responsible)
            for name, email, address, responsible in move.row["contacts"]
        ]
        for move in moves
    }
    store_contacts({pupil: further for pupil, further in contacts.items() if further})
    return [*confirmed_identities(changes, by=by, at=at), *marked.entries]


def _mark_of(row: Mapping[str, Any]) -> Mark:
    died_on = row.get("died_on")
    return Mark(row.get("protected", False), date.fromisoformat(died_on) if died_on else None)
