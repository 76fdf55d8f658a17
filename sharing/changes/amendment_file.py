"""The file of an amendment: what the writer of permitted files wrote, with what to do about it (H6).

A row for each record that the recipient has: where it stands in the file that we sent, what has a new
value, and what to delete. No row says why.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from consent.models import Pupil, PupilUpn
from notices.models import Item
from privacy_portal.ground.files.formulas import neutralised
from sharing import row_decision_rules
from sharing.changes.finding import Told, find_changes
from sharing.changes.handed import row_in_file, upns_as_handed
from sharing.changes.on_roll import ON_ROLL
from sharing.cover_sheets.facts import AmendmentFacts
from sharing.deciding.deciding import ExtractDecision
from sharing.deciding.rows import DecidedBatch
from sharing.errors import DecisionChangedError
from sharing.rules import UPN_ITEM, Outcome, Reason

ENTRY, ROW, CHANGED, DELETE = "Our log entry", "Row in that file", "Changed", "Delete"
EVERYTHING = "Everything"
_END = "\r\n"


@dataclass(slots=True)
class AmendmentRows:
    """The rows of an amendment's extract as they are decided on: numbers as written, and decisions."""

    upns: list[str] = field(default_factory=list)
    decisions: list[row_decision_rules.RowDecision] = field(default_factory=list)

    def add(self, batch: DecidedBatch) -> None:
        """Note the next rows."""
        self.upns += batch.upns
        self.decisions += batch.decisions


@dataclass(frozen=True, slots=True)
class Amended:
    """What an amendment's file says: the items with new values, and the numbers of rows that have new
    values and that have something to delete."""

    items: tuple[str, ...]
    changed: int
    to_delete: int

    @property
    def facts(self) -> AmendmentFacts:
        """Return what the cover sheet says of it."""
        return AmendmentFacts(changed=self.changed, to_delete=self.to_delete)

    def item_sets(self, decision: ExtractDecision) -> list[list[str]]:
        """Return the items that the file has of pupils in full, and of those with basic details only: what
        has a new value, and the number where the recipient knows it."""
        columns = [column for column in decision.columns if column.permitted and column.item]
        said = {column.item for column in columns if column.item in (*self.items, UPN_ITEM)}
        emptied = {column.item for column in columns if column.heading in decision.emptied}
        return [sorted(filter(None, said)), sorted(filter(None, said - emptied))]


def with_deletions(decision: ExtractDecision) -> ExtractDecision:
    """Let an amendment go of which no row is released: it asks for deletion alone, and gives nothing."""
    if decision.reasons == [Reason.NOTHING_PERMITTED]:
        decision.outcome, decision.reasons = Outcome.REDUCED, []
    return decision


def headings_of_items() -> dict[str, str]:
    """Return the heading of each item in files that the portal makes, by its code; 2 queries."""
    return {
        item.code: heading.text if (heading := item.headings.first()) else item.label
        for item in Item.objects.prefetch_related("headings")
    }


def write_amendment(
    file: Path,
    rows: AmendmentRows,
    decision: ExtractDecision,
    *,
    at: datetime,
) -> Amended:
    """Replace the permitted file of an amendment by the file of changes, in the hand-over's transaction.

    Values come from the permitted file alone; what to say of each pupil is found again now. Raises
    DecisionChangedError where a value is no longer the roll's, or somebody in the extract no longer has
    anything to be told.
    """
    numbers = PupilUpn.objects.filter(upn__in=rows.upns)
    pupils = sorted(set(numbers.values_list("pupil_id", flat=True)))
    policy = decision.policy
    assert policy.agreement is not None  # it is not refused
    changes = find_changes(policy.agreement.reference, policy.purpose, at=at, pupils=pupils)
    told = {one.upn: one for one in changes.told}
    if set(rows.upns) != told.keys():
        raise DecisionChangedError
    columns = [column.item for column in decision.columns if column.permitted]
    values = _permitted_values(file, rows, columns)
    items = tuple(item for item in changes.changed_items if item in columns)
    _check_values(changes.told, values, items)
    knows_upn = UPN_ITEM in columns
    known = upns_as_handed(one.holding for one in changes.told) if knows_upn else {}
    headings = headings_of_items()
    lines = [
        [ENTRY, ROW, *([headings[UPN_ITEM]] if knows_upn else []), CHANGED, DELETE,
         *(headings[item] for item in items)]
    ]  # fmt: skip
    for upn in rows.upns:
        lines += _lines(
            told[upn], values.get(upn, {}), items, known if knows_upn else None, headings
        )
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator=_END).writerows(lines)
    return Amended(
        items,
        changed=sum(bool(one.instruction.changed) for one in changes.told),
        to_delete=sum(bool(one.instruction.delete) for one in changes.told),
    )


def _check_values(
    told: Sequence[Told],
    values: Mapping[str, Mapping[str | None, str]],
    items: Sequence[str],
) -> None:
    """Raise DecisionChangedError unless each new value is what the roll says now, by no clock."""
    pupils = Pupil.objects.select_related("school").in_bulk([one.holding.pupil for one in told])
    for one in told:
        cells, pupil = values.get(one.upn, {}), pupils[one.holding.pupil]
        for item in one.instruction.changed.intersection(items):
            if cells.get(item, "").split() != neutralised(ON_ROLL[item](pupil)).split():
                raise DecisionChangedError


def _permitted_values(
    file: Path, rows: AmendmentRows, columns: Sequence[str | None]
) -> dict[str, dict[str | None, str]]:
    """Return the cells of the permitted file by the rows' numbers and the columns' items."""
    stays = [
        upn
        for upn, decision in zip(rows.upns, rows.decisions, strict=True)
        if decision.outcome is not Outcome.WITHHELD
    ]
    if not columns:
        return {}
    with file.open(encoding="utf-8", newline="") as source:
        _, *cells = csv.reader(source, strict=True)
    return {
        upn: dict(zip(columns, row, strict=True)) for upn, row in zip(stays, cells, strict=True)
    }


def _lines(
    told: Told,
    values: Mapping[str | None, str],
    items: Sequence[str],
    known: Mapping[UUID, str] | None,
    headings: Mapping[str, str],
) -> list[list[str]]:
    """Return a line for each record under which the recipient has the pupil."""
    instruction = told.instruction
    changed = [item for item in items if item in instruction.changed and item in values]
    delete = EVERYTHING if instruction.whole else "; ".join(
        sorted(headings.get(item, item) for item in instruction.delete)
    )  # fmt: skip
    return [
        [
            str(copy.entry),
            str(row_in_file(copy)),
            *([known.get(person, "")] if known is not None else []),
            "; ".join(headings[item] for item in changed),
            delete,
            *(values[item] if item in changed else "" for item in items),
        ]
        for person, copy in sorted(told.holding.copies.items(), key=lambda pair: pair[1].entry)
    ]
