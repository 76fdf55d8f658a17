"""A table of counts that somebody wants to send: read from CSV, and laid out again when safe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent import upn
from privacy_portal.faults import BadInputError, Fault, FaultList
from privacy_portal.formulas import neutralised
from privacy_portal.names import folded_heading
from privacy_portal.tables import Row, Table
from sharing.rules import Item
from sharing.statistics_rules import Counts, SafeTable

TOTAL = "total"
MAX_PLACES = 20_000


@dataclass(frozen=True, slots=True)
class CountsTable:
    """Counts with their labels. `total_row` and `total_column` say before which row and column
    of counts the totals stood, None where there are none."""

    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Counts
    total_row: int | None
    total_column: int | None

    def laid_out(self, safe: SafeTable) -> list[list[str]]:
        """The safe table with its labels, in the order in which it came."""
        heading = [self.corner, *self.columns]
        lines = [[label, *cells] for label, cells in zip(self.rows, safe.cells, strict=True)]
        totals = None
        if self.total_row is not None and safe.column_totals is not None:
            totals = ["Total", *safe.column_totals]
        if self.total_column is not None and safe.row_totals is not None:
            at = self.total_column + 1
            heading.insert(at, "Total")
            for line, total in zip(lines, safe.row_totals, strict=True):
                line.insert(at, total)
            if totals is not None:
                totals.insert(at, safe.grand or "0")
        if totals is not None and self.total_row is not None:
            lines.insert(self.total_row, totals)
        return [[neutralised(cell) for cell in line] for line in [heading, *lines]]

    def document(self) -> dict[str, Any]:
        """The table as JSON, to keep while an officer looks at what would go."""
        return {
            "corner": self.corner,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "cells": [list(line) for line in self.counts.cells],
            "total_row": self.total_row,
            "total_column": self.total_column,
        }


def from_document(document: Mapping[str, Any]) -> CountsTable:
    """The table that was kept as JSON."""
    cells = tuple(tuple(line) for line in document["cells"])
    return _table(
        document["corner"],
        document["rows"],
        document["columns"],
        cells,
        document["total_row"],
        document["total_column"],
    )


def counted(
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: tuple[tuple[int, ...], ...],
) -> CountsTable:
    """A table that was counted here, with its totals last."""
    return _table(corner, rows, columns, cells, len(rows), len(columns))


def _table(
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: tuple[tuple[int, ...], ...],
    total_row: int | None,
    total_column: int | None,
) -> CountsTable:
    counts = Counts(
        cells,
        row_totals=None if total_column is None else tuple(map(sum, cells)),
        column_totals=None if total_row is None else tuple(map(sum, zip(*cells, strict=True))),
    )
    return CountsTable(corner, tuple(rows), tuple(columns), counts, total_row, total_column)


@dataclass(frozen=True, slots=True)
class Read:
    """A file read: its table of counts, or what shows that it has a row for each person (S3).

    `items` are what the headings stand for, where a kind of information has that heading.
    """

    table: CountsTable | None
    person_level: tuple[str, ...]
    items: tuple[Item, ...]


def read_counts(path: Path, name: str, headings: Mapping[str, Item], *, max_columns: int) -> Read:
    """Reads the file at `path`, called `name` in messages; `headings` maps folded ones to items.

    Raises BadInputError, with every fault's place, for what is no table of counts: a cell that
    is no whole number, a label that stands twice, totals that are not the sum of the counts.
    """
    table = Table(path, name, max_columns=max_columns)
    known = [(each, headings.get(folded_heading(each))) for each in table.headings]
    items = tuple({item.code: item for _, item in known if item}.values())
    telling = [each.strip() for each, item in known if item and item.identifying]
    if telling:
        return Read(None, tuple(telling), items)
    rows = list(table.rows())
    if not rows:
        fault = Fault("there is a heading and no row under it.", table.heading_line)
        raise BadInputError([fault], name=name)
    if len(table.headings) < 2:
        message = "there is one column; labels stand in the first and counts in the others."
        raise BadInputError([Fault(message, table.heading_line)], name=name)
    if any(upn.is_valid(upn.normal(row.cells[0])) for row in rows):
        return Read(None, (table.headings[0].strip() or "column 1",), items)
    telling = [
        each.strip()
        for place, (each, item) in enumerate(known)
        if place and item and any(_count(row.cells[place]) is None for row in rows)
    ]
    if telling:
        return Read(None, tuple(telling), items)
    return Read(_counts_of(table, rows), (), items)


def _counts_of(table: Table, rows: Sequence[Row]) -> CountsTable:
    faults = FaultList(table.name)
    at = next(
        (place for place, each in enumerate(table.headings) if place and _is_total(each)), None
    )
    total_rows = [place for place, row in enumerate(rows) if _is_total(row.cells[0])]
    for place in total_rows[1:]:
        faults.add("a second row is headed Total; there can be one.", rows[place].line, 1)
    total_row = total_rows[0] if total_rows else None
    columns = [place for place in range(1, len(table.headings)) if place != at]
    if not columns or len(total_rows) == len(rows):
        faults.add("there is nothing but totals; counts must stand beside them.")
        faults.raise_if_any()
    if len(rows) * len(columns) > MAX_PLACES:
        message = f"the table has more than {MAX_PLACES:,} counts; split it into smaller ones."
        raise BadInputError([Fault(message)], name=table.name)
    _check_labels(rows, total_rows, faults)
    numbers = [_numbers(table, row, faults) for row in rows]
    faults.raise_if_any()
    places = [place for place in range(len(rows)) if place != total_row]
    cells = tuple(tuple(numbers[place][column] for column in columns) for place in places)
    for place in places:
        if at is not None:
            stands = numbers[place][at]
            found = sum(numbers[place][column] for column in columns)
            _same(faults, stands, found, rows[place].line, table.headings[at])
    if total_row is not None:
        for column in range(1, len(table.headings)):
            found = sum(numbers[place][column] for place in places)
            line, heading = rows[total_row].line, table.headings[column]
            _same(faults, numbers[total_row][column], found, line, heading)
    faults.raise_if_any()
    return _table(
        table.headings[0].strip(),
        [rows[place].cells[0].strip() for place in places],
        [table.headings[column].strip() for column in columns],
        cells,
        total_row,
        None if at is None else at - 1,
    )


def _check_labels(rows: Sequence[Row], totals: Sequence[int], faults: FaultList) -> None:
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        if place in totals:
            continue
        label = folded_heading(row.cells[0])
        if not label:
            faults.add("the label is missing; each row of counts needs one.", row.line, 1)
        elif label in first:
            faults.add(
                f"the label {row.cells[0].strip()!r} stands on line {first[label]} too; "
                "add the two rows up or rename one.",
                row.line,
                1,
            )
        else:
            first[label] = row.line


def _numbers(table: Table, row: Row, faults: FaultList) -> list[int]:
    numbers = [0]
    for heading, cell in zip(table.headings[1:], row.cells[1:], strict=True):
        number = _count(cell)
        if number is None:
            shown = cell.strip()
            what = f"{shown!r} is no whole number" if shown else "the count is missing"
            hint = "write 0 where there is nobody" if not shown else "counts come unhidden"
            faults.add(f"{what}; {hint}.", row.line, heading.strip() or None)
        numbers.append(number or 0)
    return numbers


def _same(faults: FaultList, stands: int, found: int, line: int, heading: str) -> None:
    if stands != found:
        message = f"the total is {stands:,}, but the counts add up to {found:,}."
        faults.add(message, line, heading.strip())


def _is_total(text: str) -> bool:
    return folded_heading(text) == TOTAL


def _count(cell: str) -> int | None:
    """The count in a cell; `1,234` is one. None for anything else."""
    plain = cell.strip().replace(",", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        return None
    return int(plain)
