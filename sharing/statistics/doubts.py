"""What in a table of counts cannot be told for certain, each with its place and what to do (S2)."""

import re
from collections.abc import Sequence

from privacy_portal.ground.faults import FaultList
from privacy_portal.ground.files.tables import Row, Table
from sharing.statistics.doubt_rules import NearSum, nearly_sums, worked_out_of
from sharing.statistics.sum_rules import Line


def check_doubts(
    table: Table,
    rows: Sequence[Row],
    headings: Sequence[str],
    cells: Sequence[Line],
    row_totals: frozenset[int],
    column_totals: frozenset[int],
    faults: FaultList,
) -> None:
    """S2 Add faults for lines that nearly add up, and for what was worked out of counts."""
    columns: tuple[Line, ...] = tuple(zip(*cells, strict=True))
    for doubt in nearly_sums(cells, row_totals, column_totals):
        faults.add(_doubt(doubt, "row"), rows[doubt.line].line, headings[doubt.place])
    for doubt in nearly_sums(columns, column_totals, row_totals):
        faults.add(_doubt(doubt, "column"), rows[doubt.place].line, headings[doubt.line])
    for number, kind in worked_out_of(cells, column_totals):
        if number not in row_totals:
            faults.add(_WORKED_OUT.format(kind=kind, line="row"), rows[number].line, 1)
    for number, kind in worked_out_of(columns, row_totals):
        if number not in column_totals:
            message = _WORKED_OUT.format(kind=kind, line="column")
            faults.add(message, table.heading_line, headings[number])


_WORKED_OUT = (
    "the {line} has {kind} of the numbers beside it, and hidden numbers can be worked out from them. "
    "Leave the {line} out."
)


def _doubt(doubt: NearSum, kind: str) -> str:
    return (
        f"the {kind} seems to be a total, but it says {doubt.stands:,} where the others add up to "
        f"{doubt.adds_up_to:,}. Correct the numbers, or leave the {kind} out."
    )


def check_words(
    table: Table, headings: Sequence[str], rows: Sequence[Row], faults: FaultList
) -> None:
    """Add faults for columns that hold labels, as in a list by several groups, and lines that hold
    no counts, as the heading of a second table or a note."""
    words = [[_is_word(cell) for cell in row.cells[1:]] for row in rows]
    lists = {place for place, column in enumerate(zip(*words, strict=True)) if all(column)}
    for place in sorted(lists):
        faults.add(WORDS, table.heading_line, headings[place])
    for row in rows:
        beside = [cell for place, cell in enumerate(row.cells[1:]) if place not in lists]
        if len(beside) > 1 and (
            not any(cell.strip() for cell in beside) or all(map(_is_word, beside))
        ):
            message = (
                "the line has no numbers. Remove notes and headings between rows, and give each "
                "table a file of its own."
            )
            faults.add(message, row.line)


WORDS = (
    "the column has words and no numbers. Put labels in the first column only, and give each "
    "group a column of its own."
)


def _is_word(cell: str) -> bool:
    return len(re.findall(r"[^\W\d_]", cell)) > 1 or bool(
        re.fullmatch(r"[^\W\d_]\d+", cell.strip())
    )


# Numbers that are likely counts: in brackets, or after `=`, `:` or `total`; not `Year 6`.
_NUMBER = re.compile(
    r"(?:[(\[=:]|\btotals?\b(?=\s*\d\d))\s*(\d{1,3}(?:,\d{3})+|\d+)(?![\d,.]*\d)", re.IGNORECASE
)


def check_numbers_in_labels(
    table: Table,
    rows: Sequence[Row],
    cells: Sequence[Line],
    row_totals: frozenset[int],
    column_totals: frozenset[int],
    faults: FaultList,
) -> None:
    """S2 Add faults for labels with the total of their line, as `Girls (93)`: nothing hides it."""
    by_row = [sum(_without(line, column_totals)) for line in cells]
    by_column = [sum(_without(column, row_totals)) for column in zip(*cells, strict=True)]
    everybody = sum(_without(by_row, row_totals))
    message = "the label contains the number {}, which is the total of its line. Remove it."
    for place, (heading, size) in enumerate(
        zip(table.headings, [everybody, *by_column], strict=True), 1
    ):
        if size in _numbers_in(heading):
            faults.add(message.format(size), table.heading_line, place)
    for row, size in zip(rows, by_row, strict=True):
        if size in _numbers_in(row.cells[0]):
            faults.add(message.format(size), row.line, 1)


def _without(line: Sequence[int], left_out: frozenset[int]) -> list[int]:
    return [count for place, count in enumerate(line) if place not in left_out]


def _numbers_in(label: str) -> set[int]:
    return {int(number[1].replace(",", "")) for number in _NUMBER.finditer(label)}
