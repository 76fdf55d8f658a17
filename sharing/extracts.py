"""An extract: a CSV somebody wants to send, its headings mapped to items."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from consent import upn
from privacy_portal.days import read_day
from privacy_portal.faults import BadInputError, Fault
from privacy_portal.names import folded_heading
from privacy_portal.tables import Table
from sharing.rules import BIRTH_DATE_ITEM, SURNAME_ITEM, UPN_ITEM, Item

_SINGLE = {
    UPN_ITEM: "unique pupil numbers",
    SURNAME_ITEM: "surnames",
    BIRTH_DATE_ITEM: "dates of birth",
}
KEPT_BYTES = 20 * 1024 * 1024
_NUMBER = re.compile(r"[\d.,]+")


class Extract:
    """An extract whose heading is sound and that has at least one row.

    `columns` pairs each heading with the item it stands for, or None. `upn_at`,
    `surname_at` and `born_at` are the places of those columns, None where there is none.
    """

    def __init__(self, path: Path, name: str, items: Mapping[str, Item], *, max_columns: int):
        """Opens the file at `path`, called `name` in messages; `items` by folded heading.

        Raises BadInputError for a file that is no extract.
        """
        self.table = Table(path, name, max_columns=max_columns)
        self.name = name
        self._kept: list[list[list[str]]] = []
        self.columns = [
            (heading, items.get(folded_heading(heading))) for heading in self.table.headings
        ]
        self._check_heading()
        places = self._single_places()
        self.upn_at = places.get(UPN_ITEM)
        self.surname_at = places.get(SURNAME_ITEM)
        self.born_at = places.get(BIRTH_DATE_ITEM)
        if next(self.table.batches(1), None) is None:
            fault = Fault("there is a heading and no row under it.", self.table.heading_line)
            raise BadInputError([fault], name=name)

    def upns(self, size: int) -> Iterator[list[str]]:
        """The UPN of each row, normal, in batches; all empty where the extract has none.

        The rows of a small file are kept for `batches` with the same `size`, so that it is
        not read twice; a large one is, so that memory stays flat.
        """
        at = self.upn_at
        keep = self.table.path.stat().st_size <= KEPT_BYTES
        kept = []
        for batch in self.table.batches(size):
            if keep:
                kept.append(batch)
            if at is None:
                yield [""] * len(batch)
            else:
                yield upn.normal_all([cells[at] for cells in batch])
        self._kept = kept[::-1]

    def kept(self) -> Iterator[list[list[str]]]:
        """The batches in memory that `batches` will give, in order: those of a small file."""
        return reversed(self._kept)

    def batches(self, size: int) -> Iterator[list[list[str]]]:
        """The cells of the rows with anything in them, once after `upns`; see `Table.batches`."""
        if not self._kept:
            yield from self.table.batches(size)
        while self._kept:
            yield self._kept.pop()

    def _check_heading(self) -> None:
        """A first line of data instead of headings would let the first pupil pass unnoticed."""
        if any(item for _, item in self.columns):
            return
        if any(
            upn.is_valid(upn.normal(cell)) or read_day(cell) or _NUMBER.fullmatch(cell.strip())
            for cell in self.table.headings
        ):
            message = (
                "this line looks like data: the first line must name the columns "
                "(for example UPN, Surname, Date of birth)."
            )
            raise BadInputError([Fault(message, self.table.heading_line)], name=self.name)

    def _single_places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        faults = []
        for place, (heading, item) in enumerate(self.columns):
            if item is None or item.code not in _SINGLE:
                continue
            first = places.setdefault(item.code, place)
            if first != place:
                message = (
                    f"column {first + 1} ({self.columns[first][0].strip()!r}) has "
                    f"{_SINGLE[item.code]} too; leave one of them out."
                )
                faults.append(Fault(message, self.table.heading_line, heading.strip()))
        if faults:
            raise BadInputError(faults, name=self.name)
        return places
