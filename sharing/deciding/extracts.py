"""An extract: a CSV somebody wants to send, its headings mapped to items."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from consent import upn
from privacy_portal.ground.days import read_day
from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files.tables import JOINT, Table, joined
from privacy_portal.ground.names import folded_heading
from sharing.deciding.policy import Loaded
from sharing.rules import BIRTH_DATE_ITEM, SURNAME_ITEM, UPN_ITEM, Item

_SINGLE = {
    UPN_ITEM: "unique pupil numbers",
    SURNAME_ITEM: "surnames",
    BIRTH_DATE_ITEM: "dates of birth",
}
_NUMBER = re.compile(r"[\d.,]+")


class Cells(NamedTuple):
    """The cells of a batch of rows that identify pupils, in lists of the same length: `upns`
    normalised, empty where there are none; the others as written, None without such a column."""

    upns: list[str]
    surnames: list[str] | None
    born: list[str] | None


class Identifiers:
    """UPN, surname and date-of-birth columns of a batch, packed into one string each: a tenth of
    the memory that its cells take.

    Cells are as written, joined by `JOINT`, which no file has in it (see `Table`)."""

    __slots__ = ("_born", "_surnames", "_upns", "rows")

    def __init__(
        self, rows: int, upns: str | None, surnames: str | None = None, born: str | None = None
    ):
        """`rows` is how many cells each text has; None stands for no such column."""
        self.rows = rows
        self._upns, self._surnames, self._born = upns, surnames, born

    def cells(self) -> Cells:
        """Unpack the cells."""
        upns, surnames, born = (
            None if text is None else text.split(JOINT)
            for text in (self._upns, self._surnames, self._born)
        )
        return Cells([""] * self.rows if upns is None else upn.normal_all(upns), surnames, born)


class Extract:
    """An extract whose heading is sound and that has at least one row.

    `columns` pairs each heading with the item it stands for, or None. `upn_at`,
    `surname_at` and `born_at` are the places of those columns, None where there is none.
    """

    def __init__(self, path: Path, name: str, items: Mapping[str, Item], *, max_columns: int):
        """Open the file at `path`, called `name` in messages; `items` by folded heading.

        Raises BadInputError for a file that is no extract.
        """
        self.table = Table(path, name, max_columns=max_columns, expected=items)
        self.name = name
        self.columns = [
            (heading, items.get(folded_heading(heading))) for heading in self.table.headings
        ]
        self._check_heading()
        places = self._single_places()
        self.upn_at = places.get(UPN_ITEM)
        self.surname_at = places.get(SURNAME_ITEM)
        self.born_at = places.get(BIRTH_DATE_ITEM)
        if next(self.table.batches(1), None) is None:
            fault = Fault("the file has headings but no rows.", self.table.heading_line)
            raise BadInputError([fault], name=name)

    @property
    def identifying(self) -> list[int | None]:
        """Return the places of the columns that identify a pupil: UPN, surname, date of birth."""
        return [self.upn_at, self.surname_at, self.born_at]

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the identifying cells of rows with anything in them, in batches of about `size`."""
        for batch in self.table.batches(size):
            texts = (None if at is None else joined(batch, at) for at in self.identifying)
            yield Identifiers(len(batch), *texts)

    def _check_heading(self) -> None:
        """Refuse a first line of data in place of headings: its pupil would pass unnoticed."""
        if any(item for _, item in self.columns):
            return
        if any(
            upn.is_valid(upn.normal(cell)) or read_day(cell) or _NUMBER.fullmatch(cell.strip())
            for cell in self.table.headings
        ):
            message = (
                "this looks like data. The first row must be column headings, for example UPN, "
                "Last name, Date of birth."
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
                    f"column {first + 1} ({self.columns[first][0].strip()!r}) also contains "
                    f"{_SINGLE[item.code]}. Remove one of them."
                )
                faults.append(Fault(message, self.table.heading_line, heading.strip()))
        if faults:
            raise BadInputError(faults, name=self.name)
        return places


def open_extract(
    path: Path, name: str, loaded: Loaded, assigned: Mapping[str, str] | None = None
) -> Extract:
    """Open the extract in a file, its headings mapped by the loaded policy; `assigned` maps
    headings that the policy does not know to codes of items. Raises BadInputError."""
    by_heading = {
        folded_heading(heading): loaded.items[code]
        for heading, code in (assigned or {}).items()
        if code in loaded.items
    }
    headings = {**by_heading, **loaded.headings}
    return Extract(path, name, headings, max_columns=settings.MAX_COLUMNS)
