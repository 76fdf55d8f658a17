"""The permitted file: what leaves the portal, and nothing else of the extract (D)."""

import csv
import re
from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import TextIO

from privacy_portal.formulas import neutralised
from sharing import rules
from sharing.deciding import DecidedBatch

# Looked for in many cells at once, each behind a NUL, which no extract contains.
_SEPARATOR = "\0"
_SUSPECT = re.compile(r"\x00[\s=+\-@\uff1d\uff0b\uff0d\uff20]")


class PermittedFile:
    """Writes the permitted columns of the rows that stay, as CSV in UTF-8."""

    def __init__(self, file: TextIO, basic_items: frozenset[str]):
        """`basic_items` are those that stay in a reduced row."""
        self.writer = csv.writer(file, lineterminator="\r\n")
        self.basic_items = basic_items
        self.keep: Callable[[list[str]], Sequence[str]] | None = None
        self.emptied: list[int] = []

    def add(self, batch: DecidedBatch, columns: tuple[rules.Column, ...]) -> None:
        """Writes a batch; before the first, the headings."""
        if self.keep is None:
            places = [at for at, column in enumerate(columns) if column.permitted]
            if not places:
                return
            self.keep = itemgetter(*places) if len(places) > 1 else _only(places[0])
            self.emptied = [
                order for order, at in enumerate(places) if columns[at].item not in self.basic_items
            ]
            self.writer.writerow([neutralised(columns[at].heading) for at in places])
        keep = self.keep
        whole, reduced = rules.WHOLE, rules.REDUCED
        written = [
            keep(cells) if decision is whole else self._emptied(keep(cells))
            for cells, decision in zip(batch.cells, batch.decisions, strict=True)
            if decision is whole or decision is reduced
        ]
        joined = _SEPARATOR + _SEPARATOR.join(chain.from_iterable(written))
        if _SUSPECT.search(joined):
            written = [[neutralised(cell) for cell in kept] for kept in written]
        self.writer.writerows(written)

    def _emptied(self, kept: Sequence[str]) -> Sequence[str]:
        cells = list(kept)
        for order in self.emptied:
            cells[order] = ""
        return cells


def _only(place: int) -> Callable[[list[str]], Sequence[str]]:
    return lambda cells: (cells[place],)
