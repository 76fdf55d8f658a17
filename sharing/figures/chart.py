"""Numbers with the lists behind them, from which a chart, its table and its file are made (K1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

# So many columns of numbers fit on a phone.
NARROW = 4


class Kind(StrEnum):
    """How numbers are drawn: upright columns in time, or bars below each other."""

    COLUMNS = "columns"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the address of the list whose length it is; empty for none. `words` stand in its place
    where it is not known."""

    value: int
    href: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Numbers and then words under the headings of a table; `label` leads to `href`, if anywhere."""

    label: str
    numbers: Sequence[Number]
    href: str = ""
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A table of numbers. The first `drawn` of them are stacked in a chart, the others are not.

    `headings` are those of the numbers, `of_words` those of the words after them; `of_rows` says what each
    row is about. `note` says what the numbers mean, `empty` that there are none.
    """

    name: str
    title: str
    of_rows: str
    headings: Sequence[str]
    rows: Sequence[Row]
    drawn: int = 1
    of_words: Sequence[str] = ()
    note: str = ""
    empty: str = "There is nothing to show yet."

    @property
    def is_empty(self) -> bool:
        """Return whether there is no row, or every number is 0."""
        numbers = [number.value for row in self.rows for number in row.numbers]
        return not self.rows or (bool(numbers) and not any(numbers))

    @property
    def is_narrow(self) -> bool:
        """Return whether its table fits on a phone as it is: short labels, few numbers, no words."""
        return self.of_rows == "Month" and len(self.headings) <= NARROW

    def lines(self) -> list[list[object]]:
        """Return the lines of the file, the headings first."""
        lines: list[list[object]] = [[self.of_rows, *self.headings, *self.of_words]]
        for row in self.rows:
            numbers = [number.words or number.value for number in row.numbers]
            lines.append([row.label, *numbers, *row.words])
        return lines


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure with its chart, and the key to it: what each pattern or shape means."""

    figure: Figure
    chart: Markup
    key: Sequence[tuple[Markup, str]] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter of a page: its name in the address, what it filters by, and the choices."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of figures: filters, notes in sentences, and panels."""

    menus: Sequence[Menu]
    panels: Sequence[Panel]
    notes: Sequence[str] = field(default=())
