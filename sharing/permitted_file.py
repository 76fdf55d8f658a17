"""The permitted file: what leaves the portal, and nothing else of the extract (D)."""

import csv
import re
from collections.abc import Sequence
from typing import TextIO

from sharing import rules
from sharing.deciding import DecidedRow

# What a spreadsheet takes for the start of a formula, also behind spaces, and the full-width
# forms of it. A plain number, signed or not, is data.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_ANY_FORMULA = re.compile(r"(?:^|\x1f)\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def neutralised(cell: str) -> str:
    """The cell so that no spreadsheet runs it: with an apostrophe before a formula."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


class PermittedFile:
    """Writes the permitted columns of the rows that stay, as CSV in UTF-8."""

    def __init__(self, file: TextIO, basic_items: frozenset[str]):
        """`basic_items` are those that stay in a reduced row."""
        self.writer = csv.writer(file, lineterminator="\r\n")
        self.basic_items = basic_items
        self.places: list[int] | None = None
        self.emptied: list[int] = []

    def add(self, rows: Sequence[DecidedRow], columns: tuple[rules.Column, ...]) -> None:
        """Writes a batch; before the first, the headings."""
        if self.places is None:
            self.places = [at for at, column in enumerate(columns) if column.permitted]
            self.emptied = [
                order
                for order, at in enumerate(self.places)
                if columns[at].item not in self.basic_items
            ]
            self.writer.writerow([neutralised(columns[at].heading) for at in self.places])
        places, emptied = self.places, self.emptied
        written = []
        for row in rows:
            outcome = row.decision.outcome
            if outcome is rules.Outcome.WITHHELD:
                continue
            cells = row.cells
            kept = [cells[at] for at in places]
            if outcome is rules.Outcome.REDUCED:
                for order in emptied:
                    kept[order] = ""
            if _ANY_FORMULA.search("\x1f".join(kept)):
                kept = [neutralised(cell) for cell in kept]
            written.append(kept)
        self.writer.writerows(written)
