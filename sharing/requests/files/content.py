"""What a file on a request for data holds: of each pupil what was decided, what is chosen of it, and what the
rules still let go (Q1). It is read from pupil records."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from consent.models import Pupil
from consent.rules import Seen
from notices.models import Item
from privacy_portal.ground.files.formulas import neutralised
from sharing.changes.amendment_file import headings_of_items
from sharing.changes.on_roll import ON_ROLL
from sharing.models import DecidedPupil, RequestDecision
from sharing.request_rules import Choice
from sharing.requests import queries, standings
from sharing.requests.deciding import choice_of
from sharing.row_decision_rules import (
    REDUCED,
    UNLOCATED,
    WHOLE,
    WITHHELD,
    Permission,
    RowDecision,
)
from sharing.rules import UPN_ITEM, Reason


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row about a pupil, whose record is now the one with the id `record`: which items are in it, why not
    all that are in the file, and whether more than an opt-out allows (`despite`)."""

    pupil: DecidedPupil
    record: int
    items: tuple[str, ...]
    decision: RowDecision
    despite: bool = False

    @property
    def reference(self) -> str:
        """Return the random reference of the pupil, as the decision has it."""
        return str(self.pupil.pupil.reference)

    @property
    def choice(self) -> Choice:
        """Return what an officer chose for the pupil."""
        return choice_of(self.pupil.choice)


def items_in_records(decision: RequestDecision) -> list[str]:
    """Return the items that were decided and that pupil records have, in the order of the decision."""
    return [item for item in decision.items if item in ON_ROLL]


def items_elsewhere(decision: RequestDecision) -> list[str]:
    """Return the items that were decided and that pupil records do not have."""
    return [item for item in decision.items if item not in ON_ROLL]


def can_hold_something(decision: RequestDecision) -> bool:
    """Return whether a file can hold anything that was decided; no query where its pupils are read."""
    in_records = set(items_in_records(decision))
    return any(in_records & set(row.items) for row in decision.pupils.all())


def rows_for(
    decision: RequestDecision,
    pupils: Sequence[DecidedPupil],
    items: Sequence[str],
    *,
    records: Mapping[int, int],
    on: date,
    seen: Seen,
) -> list[FileRow]:
    """Return the rows of a file with these items about these pupils, `records` being those that stand for
    them by id; a row without items does not go. Takes the queries of `standings.load`."""
    loaded = standings.load(decision.details, list(records.values()), items, on=on, seen=seen)
    return [_row(loaded, row, records[row.pupil_id], items) for row in pupils]


def _row(loaded: standings.Loaded, row: DecidedPupil, record: int, items: Sequence[str]) -> FileRow:
    choice = choice_of(row.choice)
    now = loaded.option(record, choice, items)
    if now.items and loaded.knows_more(record, row):
        return FileRow(row, record, (), WITHHELD[Reason.OPTED_OUT])
    goes = tuple(item for item in now.items if item in row.items)
    heeded = loaded.option(record, replace(choice, despite=False), items)
    return FileRow(
        row,
        record,
        goes,
        _decision_on(now.decision, row, now.items, goes, len(items)),
        despite=not set(goes) <= set(heeded.items),
    )


def _decision_on(
    now: RowDecision,
    row: DecidedPupil,
    now_items: Sequence[str],
    goes: Sequence[str],
    items: int,
) -> RowDecision:
    """Return the decision on a row: what cut it is the rules as they are now, or as they were when it was
    decided."""
    if not now_items:
        return now
    if len(goes) == items:
        return WHOLE
    cut_then = len(goes) < len(now_items)
    by_choice = now.reason is Reason.OPTED_OUT or (cut_then and row.reason == Reason.OPTED_OUT)
    return REDUCED if by_choice else UNLOCATED


def write(file: Path, rows: Sequence[FileRow], items: Sequence[str]) -> None:
    """Write a new CSV in UTF-8 with a column for each item and a row for each pupil, in their order; what
    does not go of a pupil is an empty cell. 4 queries."""
    headings = headings_of_items()
    records = Pupil.objects.filter(pk__in=[row.record for row in rows])
    pupils = records.select_related("school").prefetch_related("upns").in_bulk()
    with file.open("x", encoding="utf-8", newline="") as output:
        file.chmod(0o600)
        writer = csv.writer(output)
        writer.writerow([neutralised(headings[item]) for item in items])
        for row in rows:
            pupil = pupils[row.record]
            writer.writerow(
                [
                    neutralised(_cell(pupil, item, row.choice)) if item in row.items else ""
                    for item in items
                ]
            )


def _cell(pupil: Pupil, item: str, choice: Choice) -> str:
    """Return what the record has. Where a protected pupil is stands in a file only if a second officer let
    just that go (P3); otherwise it reads as empty, whatever the policy says of the item."""
    if item == UPN_ITEM:
        return next((number.upn for number in pupil.upns.all() if number.present), "")
    if pupil.protected and choice.permission is Permission.WHOLE:
        home = pupil.home
        located = {
            "pupil.school": pupil.school.name,
            "pupil.address": home.address,
            "pupil.postcode": home.postcode,
            "parent.name": home.parent_name,
            "parent.address": home.parent_address,
        }
        if item in located:
            return located[item]
    return ON_ROLL[item](pupil)


def names_nobody(items: Sequence[str]) -> bool:
    """Return whether none of the items says who a row is about; 1 query."""
    return not Item.objects.filter(code__in=items, identifying=True).exists()


def offered(
    decision: RequestDecision, items: Sequence[str], *, on: date, seen: Seen
) -> list[FileRow]:
    """Return the rows of all pupils of a decision as they could go now, also those without items; the
    queries of `rows_for`, and of `records_of`."""
    pupils = [row for row in decision.pupils.all() if choice_of(row.choice).shared]
    records = queries.records_of(pupils)
    return rows_for(decision, pupils, items, records=records, on=on, seen=seen)
