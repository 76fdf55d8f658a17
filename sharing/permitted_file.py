"""The permitted file: what leaves the portal, and nothing else of the extract (D)."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from operator import itemgetter
from types import SimpleNamespace
from typing import TextIO

from privacy_portal.formulas import neutralised
from sharing import rules
from sharing.deciding import DecidedBatch

# Looked for in many cells at once, each behind a NUL, which no extract contains.
_SEPARATOR = "\0"
_END = "\r\n"
_SUSPECT = re.compile(r"\x00[\s=+\-@\uff1d\uff0b\uff0d\uff20]")


Cells = list[list[str]]


class PermittedFile:
    """Writes the permitted columns of the rows that stay, as CSV in UTF-8.

    Rows that are in memory can be made into lines `ahead`, by a thread that works while the
    server looks the pupils up; a line is written only once its row is decided.
    """

    def __init__(self, file: TextIO, basic_items: frozenset[str]):
        """`basic_items` are those that stay in a reduced row."""
        self.file = file
        self.writer = csv.writer(file, lineterminator=_END)
        self.basic_items = basic_items
        self.keep: Callable[[list[str]], Sequence[str]] | None = None
        self.emptied: list[int] = []
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="permitted-file")
        self.made: dict[int, Future[list[str]]] = {}

    def ahead(self, batches: Iterable[Cells], columns: tuple[rules.Column, ...]) -> None:
        """Has the lines of these batches made meanwhile, as if their rows went whole."""
        if keep := self._begun(columns):
            self.made = {id(cells): self.pool.submit(_lines, cells, keep) for cells in batches}

    def add(self, batch: DecidedBatch, columns: tuple[rules.Column, ...]) -> None:
        """Writes a batch; before the first, the headings."""
        keep = self._begun(columns)
        if keep is None:
            return
        whole, reduced = rules.WHOLE, rules.REDUCED
        if made := self.made.pop(id(batch.cells), None):
            self.file.writelines(
                [
                    line if decision is whole else self._reduced(keep(cells))
                    for line, cells, decision in zip(
                        made.result(), batch.cells, batch.decisions, strict=True
                    )
                    if decision is whole or decision is reduced
                ]
            )
            return
        self.writer.writerows(
            _harmless(
                [
                    keep(cells) if decision is whole else self._emptied(keep(cells))
                    for cells, decision in zip(batch.cells, batch.decisions, strict=True)
                    if decision is whole or decision is reduced
                ]
            )
        )

    def close(self) -> None:
        """Ends the thread; lines that nobody asked for are forgotten."""
        self.pool.shutdown(cancel_futures=True)

    def _begun(
        self, columns: tuple[rules.Column, ...]
    ) -> Callable[[list[str]], Sequence[str]] | None:
        """What keeps the permitted cells of a row; the headings are written the first time."""
        if self.keep is None:
            places = [at for at, column in enumerate(columns) if column.permitted]
            if not places:
                return None
            self.keep = itemgetter(*places) if len(places) > 1 else _only(places[0])
            self.emptied = [
                order for order, at in enumerate(places) if columns[at].item not in self.basic_items
            ]
            self.writer.writerow([neutralised(columns[at].heading) for at in places])
        return self.keep

    def _emptied(self, kept: Sequence[str]) -> Sequence[str]:
        cells = list(kept)
        for order in self.emptied:
            cells[order] = ""
        return cells

    def _reduced(self, kept: Sequence[str]) -> str:
        """The line of a reduced row."""
        return _written(_harmless([self._emptied(kept)]))[0]


def _lines(cells: Cells, keep: Callable[[list[str]], Sequence[str]]) -> list[str]:
    """Each row's permitted cells as a line of the file."""
    return _written(_harmless(list(map(keep, cells))))


def _written(rows: Sequence[Sequence[str]]) -> list[str]:
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append), lineterminator=_END).writerows(rows)
    return lines


def _harmless(rows: list[Sequence[str]]) -> list[Sequence[str]]:
    """The rows with what a spreadsheet would run neutralised."""
    joined = _SEPARATOR + _SEPARATOR.join(chain.from_iterable(rows))
    if _SUSPECT.search(joined):
        return [[neutralised(cell) for cell in kept] for kept in rows]
    return rows


def _only(place: int) -> Callable[[list[str]], Sequence[str]]:
    return lambda cells: (cells[place],)
