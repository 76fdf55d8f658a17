"""A table of counts that somebody wants to send: read from CSV, and laid out again when safe."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent import upn
from privacy_portal.ground.faults import BadInputError, Fault, FaultList
from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.files.tables import Row, Table
from privacy_portal.ground.names import folded_heading
from sharing.rules import Item
from sharing.statistics.doubts import (
    WORDS,
    check_doubts,
    check_numbers_in_labels,
    check_words,
)
from sharing.statistics.grid_rules import Grid, SafeGrid, sums_of
from sharing.statistics.sum_rules import Line, Sum
from sharing.statistics.totals_rules import find_totals, says_no_count, says_total

MAX_PLACES = 20_000
MAX_LINKED_PLACES = 10_000
TOTAL = "Total"


@dataclass(frozen=True, slots=True)
class CountsTable:
    """Counts with their labels, totals among them, in the order in which they came."""

    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    grid: Grid

    def with_labels(self, safe: SafeGrid) -> list[list[str]]:
        """Return the safe table with its labels."""
        lines = [[label, *cells] for label, cells in zip(self.rows, safe.cells, strict=True)]
        heading = [self.corner, *self.columns]
        return [[neutralised(cell) for cell in line] for line in [heading, *lines]]

    def totals(self) -> list[dict[str, Any]]:
        """Return what was taken as a total, rows first: its label, of what it is the sum (the
        shortest where there are more), and whether the label says so or only the numbers do."""
        totals = []
        for kind, labels, sums in (
            ("row", self.rows, self.grid.row_sums),
            ("column", self.columns, self.grid.column_sums),
        ):
            shortest: dict[int, Sum] = {}
            for line_sum in sorted(
                sums, key=lambda line_sum: (line_sum.total, len(line_sum.parts), line_sum.parts)
            ):
                shortest.setdefault(line_sum.total, line_sum)
            totals += [
                {
                    "kind": kind,
                    "label": labels[total],
                    "of": [labels[part] for part in line_sum.parts],
                    "less": [labels[part] for part in line_sum.less],
                    "by_label": says_total(labels[total]),
                }
                for total, line_sum in shortest.items()
            ]
        return totals

    def counted_twice(self) -> list[tuple[str, str, str]]:
        """Return totals that add up another total and its parts too: row or column, its label, and
        the other's. Not where the same line is a sum without that as well."""
        repeats = []
        for kind, labels, sums in (
            ("row", self.rows, self.grid.row_sums),
            ("column", self.columns, self.grid.column_sums),
        ):
            twice = {line_sum.total: _inner(line_sum, sums) for line_sum in sums}
            for line_sum in sums:
                if _inner(line_sum, sums) is None:
                    twice[line_sum.total] = None
            repeats += [
                (kind, labels[total], labels[inner])
                for total, inner in twice.items()
                if inner is not None
            ]
        return repeats

    def kept(self, name: str, safe: SafeGrid) -> dict[str, Any]:
        """Return as JSON what is known of the table once it is handed over: what it shows, and which
        lines add up others, with lines of nobody."""
        row_sums, column_sums = sums_of(self.grid, nobody=True)
        return {
            "name": name,
            "rows": self.with_labels(safe),
            "row_sums": list(map(_as_list, row_sums)),
            "column_sums": list(map(_as_list, column_sums)),
        }

    def document(self) -> dict[str, Any]:
        """Return the table as JSON, to keep while an officer looks at what would leave."""
        return {
            "corner": self.corner,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "cells": [list(line) for line in self.grid.cells],
            "row_sums": [_as_list(line_sum) for line_sum in self.grid.row_sums],
            "column_sums": [_as_list(line_sum) for line_sum in self.grid.column_sums],
        }


def _as_list(line_sum: Sum) -> list[Any]:
    return [line_sum.total, list(line_sum.parts), list(line_sum.less)]


def _inner(whole: Sum, sums: Sequence[Sum]) -> int | None:
    """Return a total that stands among the parts of another sum together with parts of its own."""
    parts = set(whole.parts)
    return next(
        (
            line_sum.total
            for line_sum in sums
            if line_sum.total in parts and not line_sum.less and parts & set(line_sum.parts)
        ),
        None,
    )


def table_from_document(document: Mapping[str, Any]) -> CountsTable:
    """Return the table that was kept as JSON."""
    return CountsTable(
        document["corner"],
        tuple(document["rows"]),
        tuple(document["columns"]),
        Grid(
            tuple(map(tuple, document["cells"])),
            sums_from_document(document["row_sums"]),
            sums_from_document(document["column_sums"]),
        ),
    )


def sums_from_document(document: Sequence[Sequence[Any]]) -> tuple[Sum, ...]:
    """Return the sums that were kept as JSON."""
    return tuple(Sum(total, *map(tuple, others)) for total, *others in document)


def with_totals(
    corner: str, rows: Sequence[str], columns: Sequence[str], cells: tuple[tuple[int, ...], ...]
) -> CountsTable:
    """Return a table that was counted here, with a total of each row and each column at the end."""
    lines = [(*line, sum(line)) for line in cells]
    lines.append(tuple(map(sum, zip(*lines, strict=True))))
    return CountsTable(
        corner,
        (*rows, TOTAL),
        (*columns, TOTAL),
        Grid(
            tuple(lines),
            (Sum(len(rows), tuple(range(len(rows)))),),
            (Sum(len(columns), tuple(range(len(columns)))),),
        ),
    )


@dataclass(frozen=True, slots=True)
class CountsFile:
    """A file read: its table of counts, or what shows that it has a row for each person (S3).

    `items` are what the headings stand for, where a kind of information has that heading.
    """

    table: CountsTable | None
    person_level: tuple[str, ...]
    items: tuple[Item, ...]


def read_counts(
    path: Path, name: str, headings: Mapping[str, Item], *, max_columns: int
) -> CountsFile:
    """Read the file at `path`, called `name` in messages; `headings` maps folded ones to items.

    Raises BadInputError, with every fault's place, for what is no table of counts: a cell that
    is no whole number, a label that stands twice, a total that is the sum of no other counts.
    """
    table = Table(path, name, max_columns=max_columns)
    items_by_heading = [
        (heading, headings.get(folded_heading(heading))) for heading in table.headings
    ]
    items = tuple({item.code: item for _, item in items_by_heading if item}.values())
    telling = [heading.strip() for heading, item in items_by_heading if item and item.identifying]
    if telling:
        return CountsFile(None, tuple(telling), items)
    rows = list(table.rows())
    if not rows:
        fault = Fault("the file has headings but no rows.", table.heading_line)
        raise BadInputError([fault], name=name)
    if len(table.headings) < 2:
        message = (
            "there is only one column. Put labels in the first column and numbers in the others."
        )
        raise BadInputError([Fault(message, table.heading_line)], name=name)
    if any(upn.is_valid(upn.normal(row.cells[0])) for row in rows):
        return CountsFile(None, (table.headings[0].strip() or "column 1",), items)
    telling = [
        heading.strip()
        for place, (heading, item) in enumerate(items_by_heading)
        if place and item and any(_count(row.cells[place]) is None for row in rows)
    ]
    if telling and _is_list(items_by_heading, rows):
        faults = [Fault(WORDS, table.heading_line, heading) for heading in telling]
        raise BadInputError(faults, name=name)
    if telling:
        return CountsFile(None, tuple(telling), items)
    return CountsFile(_counts_of(table, rows), (), items)


def _is_list(headings: Sequence[tuple[str, Item | None]], rows: Sequence[Row]) -> bool:
    """Return whether this is a list of counts by several groups, as of school, sex and how many: beside
    the groups stand only counts, under headings that are of no kind of information."""
    beside = [
        (item, [_count(row.cells[place]) for row in rows])
        for place, (_, item) in enumerate(headings)
        if place
    ]
    counted = [item is None for item, column in beside if None not in column]
    return bool(counted) and all(counted) and all(item for item, column in beside if None in column)


def _counts_of(table: Table, rows: Sequence[Row]) -> CountsTable:
    faults = FaultList(table.name)
    headings = [heading.strip() for heading in table.headings[1:]]
    labels = [row.cells[0].strip() for row in rows]
    if all(map(says_total, headings)) or all(map(says_total, labels)):
        faults.add("there are only totals. Add the numbers that they add up.")
        faults.raise_if_any()
    if len(rows) * len(headings) > MAX_PLACES:
        message = f"the table has more than {MAX_PLACES:,} numbers. Split it into smaller ones."
        raise BadInputError([Fault(message)], name=table.name)
    _check_headings(table, faults)
    check_words(table, headings, rows, faults)
    faults.raise_if_any()
    _check_labels(rows, faults)
    cells = tuple(_numbers(table, row, faults) for row in rows)
    faults.raise_if_any()
    row_totals = find_totals(labels, cells)
    for misfit in row_totals.misfits:
        line, heading = rows[misfit.line].line, headings[misfit.place]
        faults.add(_misfit(misfit.stands, misfit.adds_up_to, "row"), line, heading)
    columns: tuple[Line, ...] = tuple(zip(*cells, strict=True))
    column_totals = find_totals(headings, columns)
    for misfit in column_totals.misfits:
        line, heading = rows[misfit.place].line, headings[misfit.line]
        faults.add(_misfit(misfit.stands, misfit.adds_up_to, "column"), line, heading)
    faults.raise_if_any()
    check_doubts(table, rows, headings, cells, row_totals.numbers, column_totals.numbers, faults)
    check_numbers_in_labels(table, rows, cells, row_totals.numbers, column_totals.numbers, faults)
    faults.raise_if_any()
    linked = max(len(row_totals.sums), len(column_totals.sums)) > 1
    if linked and len(rows) * len(headings) > MAX_LINKED_PLACES:
        message = (
            f"a table with subtotals can have up to {MAX_LINKED_PLACES:,} numbers. "
            "Split it, or leave the subtotals out."
        )
        raise BadInputError([Fault(message)], name=table.name)
    return CountsTable(
        table.headings[0].strip(),
        tuple(labels),
        tuple(headings),
        Grid(cells, row_totals.sums, column_totals.sums),
    )


def _misfit(stands: int, adds_up_to: int, kind: str) -> str:
    return (
        f"the total is {stands:,}, but the numbers add up to {adds_up_to:,}. Correct the numbers, put "
        f"the {kind} beside those that it adds up, or leave it out."
    )


def _check_headings(table: Table, faults: FaultList) -> None:
    for place, heading in enumerate(table.headings[1:], 2):
        if not heading.strip():
            faults.add("add a heading to this column.", table.heading_line, place)
        elif says_no_count(heading):
            faults.add(f"{_NO_COUNTS} Leave the column out.", table.heading_line, heading.strip())


_NO_COUNTS = "hidden numbers can be worked out from percentages, averages and rates."


def _check_labels(rows: Sequence[Row], faults: FaultList) -> None:
    first: dict[str, int] = {}
    for row in rows:
        label = folded_heading(row.cells[0])
        if not label:
            faults.add("add a label to this row.", row.line, 1)
        elif says_no_count(label):
            faults.add(f"{_NO_COUNTS} Leave the row out.", row.line, 1)
        elif label in first and not says_total(label):
            faults.add(
                f"the label {row.cells[0].strip()!r} is also on line {first[label]}. "
                "Add the 2 rows up or rename one.",
                row.line,
                1,
            )
        first.setdefault(label, row.line)


def _numbers(table: Table, row: Row, faults: FaultList) -> Line:
    numbers = []
    for heading, cell in zip(table.headings[1:], row.cells[1:], strict=True):
        number = _count(cell)
        if number is None:
            faults.add(_no_count(cell.strip()), row.line, heading.strip() or None)
        numbers.append(number or 0)
    return tuple(numbers)


def _no_count(text: str) -> str:
    if not text:
        return "the number is missing. Use 0 for none."
    plain = text.replace(",", "").replace("−", "-")
    if re.fullmatch(r"-\s*\d+", plain):
        return f"{text!r} is not a whole number from 0 up."
    if "%" in text or re.fullmatch(r"[-+]?[\d.,]+", text):
        return f"{text!r} is not a whole number. Upload numbers of pupils, without decimals or %."
    return (
        f"{text!r} is not a whole number. Upload numbers that are not hidden, and use 0 for none."
    )


_COUNT = re.compile(
    r"\d{1,9}|\d{1,3}(?:,\d{3}){1,2}|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,2}", re.ASCII
)


def _count(cell: str) -> int | None:
    """Return the count in a cell; `1,234` is one, and `1 234`. None for anything else."""
    plain = cell.strip()
    return int(re.sub(r"\D", "", plain)) if _COUNT.fullmatch(plain) else None
