"""Rows of a school's file about another school's pupils: they wait, and change nothing (C6c)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent import upn
from consent.models import WaitingMove
from consent.roll import ctf
from consent.roll.reading import Mark
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row that waits: `pupil` is the id of the record it means, `school` that of the school that
    imported it, `former` its former UPNs, `cells` the columns of a pupil as COPY reads them, `mark`
    what it says of protection and death."""

    line: int
    upn: str
    pupil: int
    school: int
    former: list[str]
    cells: dict[str, str]
    mark: Mark | None = None

    @property
    def name(self) -> str:
        """Return the name as the file has it; nothing of the record is told."""
        return f"{self.cells['forename']} {self.cells['surname']}"


def keep_waiting(
    waiting_rows: Sequence[WaitingRow],
    columns: Sequence[str],
    contacts: ctf.Contacts,
    *,
    by: User,
    at: datetime,
) -> list[log.Body]:
    """Store rows that wait, one for each pupil and school, the first of a file; return log entries
    for new ones. Rows that already wait are updated."""
    further = {upn.normal(number): others for number, others in contacts.items()}
    rows: dict[tuple[int, int], WaitingRow] = {}
    for row in waiting_rows:
        rows.setdefault((row.pupil, row.school), row)
    move_of = {
        (move.pupil_id, move.to_school_id): move
        for move in WaitingMove.objects.select_for_update().filter(
            state=WaitingMove.State.WAITING, pupil__in=[pupil for pupil, _ in rows]
        )
    }
    new = []
    for (pupil, school), row in rows.items():
        move = move_of.get((pupil, school))
        if move is None:
            move = WaitingMove(pupil_id=pupil, to_school_id=school, since=at)
            new.append(move)
        move.row = {
            "upn": row.upn,
            "former": row.former,
            "cells": row.cells,
            "contacts": [
                [contact.name, contact.email, contact.address, contact.responsible]
                for contact in further.get(row.upn, ())
            ],
            "protected": row.mark is not None and row.mark.protected,
            "died_on": str(row.mark.died_on) if row.mark and row.mark.died_on else None,
        }
        move.given, move.at, move.by = list(columns), at, by
        if move.pk:
            move.save(update_fields=["row", "given", "at", "by"])
    WaitingMove.objects.bulk_create(new, batch_size=1_000)
    added = WaitingMove.objects.filter(pk__in={move.pk for move in new})
    return [
        log.body(
            "move-waits", at=at, by=by, move=move.pk, person=str(move.pupil.reference),
            to_school=None if move.pupil.protected or move.row["protected"] else move.to_school.urn,
        )
        for move in added.select_related("pupil", "to_school").order_by("pk")
    ]  # fmt: skip
