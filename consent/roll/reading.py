"""A file of pupils is read: each row checked by itself and against the rows before it.

A batch is checked column by column: each different cell is checked once.
"""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from consent import upn
from consent.identity_rules import OLDEST, can_be_born
from consent.protection_rules import DayFault, day_fault
from consent.roll.headings import MARKS, OPTIONAL, REQUIRED, roll_columns
from privacy_portal.ground.days import how_to_write, read_day
from privacy_portal.ground.faults import Fault, spreadsheet_error
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.names import folded_heading, folded_name, no_name

TEXTS = tuple(heading for heading in OPTIONAL if heading not in ("Former UPNs", "Supported to 25"))
# The most characters of a cell.
LENGTHS = {
    "Surname": 200,
    "Forename": 200,
    "School": 200,
    "Sex": 20,
    "Year group": 20,
    "Address": 500,
    "Postcode": 20,
    "Parent name": 200,
    "Parent address": 500,
    "Parent email": 254,
    "Home language": 50,
}
YES = {"y", "yes", "true", "1"}
NO = {"", "n", "no", "false", "0"}
# How schools' systems say it of special educational needs, the census's codes among them: E and S are
# needs with a plan or statement, K, A and P needs without one. All count alike.
NEEDS = {
    "e", "ehc plan", "ehcp", "education, health and care plan", "s", "statement",
    "k", "sen support", "a", "school action", "p", "school action plus",
}  # fmt: skip
NO_NEEDS = {"none", "no sen", "no special educational need", "no special educational needs"}
# What dashes and points fold to, which stand for no first name.
_NO_FORENAME = {"", "."}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

# The columns of a pupil that `Batch.details` has, in its order.
DETAILS = (
    "reference",
    "surname",
    "forename",
    "surname_folded",
    "forename_folded",
    "born",
    "supported_to_25",
    *(OPTIONAL[heading] for heading in TEXTS),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row says of a pupil besides their details: protected, and the day they died (P1)."""

    protected: bool
    died_on: date | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of the file, as lists side by side: the lines they begin on, their UPNs.

    `former` has the former UPNs of the rows that give any, by the row's place in the batch;
    `details` the columns that DETAILS names, cells as COPY reads them; `schools` the names of
    schools by URN that no batch before had; `marks` what rows say of protection and deaths, by the
    row's place. With `faults` the rest is not to be stored.
    """

    lines: Sequence[int]
    upns: list[str]
    former: dict[int, list[str]]
    urns: list[str]
    details: list[list[str]]
    schools: dict[str, str]
    faults: list[Fault]
    marks: Mapping[int, Mark]


class RollReader:
    """The rows of a file. `columns` are the file's, `columns_read` the columns of a pupil that it has
    beyond the required ones."""

    def __init__(self, table: Table, on: date):
        """Raise BadInputError when a required column is missing, or two have one meaning. `on` is
        the day on which pupils' ages are taken."""
        self._table = table
        self._on = on
        self.columns = roll_columns(table)
        self._place = self.columns.places
        self.columns_read = [
            column
            for heading, column in OPTIONAL.items()
            if heading in self._place and column != "former"
        ]
        self._line_of: dict[str, int] = {}
        self._line_of_former: dict[str, int] = {}
        self._schools: dict[str, str] = {}
        self._school_pairs: set[tuple[str, str]] = set()
        self._days = cache(self._born)
        self._answers = cache(_answer)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in batches of about `size`."""
        for lines, rows in self._table.numbered_batches(size):
            yield self._batch(lines, rows)

    def _batch(self, lines: Sequence[int], rows: list[list[str]]) -> Batch:
        columns = list(zip(*rows, strict=True))
        nothing = [""] * len(rows)
        cells = dict.fromkeys((*REQUIRED, *OPTIONAL, *MARKS), nothing)
        for heading, place in self._place.items():
            cells[heading] = list(map(str.strip, columns[place]))
        upns = upn.normal_all(cells["UPN"])
        names = [cells["Surname"], cells["Forename"]]
        born = list(map(self._days, cells["DOB"]))
        supported = list(map(self._answers, cells["Supported to 25"]))
        urns, schools = cells["School URN"], cells["School"]
        faults = [] if upn.are_valid(upns) else _faults(lines, "UPN", upns, _upn_fault)
        for heading in ("Surname", "Forename", "School"):
            if not all(cells[heading]):
                faults += _faults(lines, heading, cells[heading], _empty_fault)
        faults += _faults(lines, "Surname", names[0], _surname_fault)
        faults += _faults(lines, "Forename", names[1], _forename_fault)
        # What is wrong in the other columns can be no UPN, day or answer either.
        for heading in ("Surname", "Forename", "School", *TEXTS):
            if "#" in "".join(cells[heading]):
                faults += _faults(lines, heading, cells[heading], spreadsheet_error)
        for heading, limit in LENGTHS.items():
            if max(map(len, cells[heading])) > limit:
                faults += _faults(lines, heading, cells[heading], _longer_than(limit))
        if "" in born:
            faults += self._born_long_ago(lines, cells["DOB"], cells["Year group"], born)
        faults += _faults(lines, "School URN", urns, _urn_fault)
        if "" in supported:
            faults += _faults(lines, "Supported to 25", cells["Supported to 25"], _answer_fault)
        marks = self._marks(lines, cells, faults)
        new_schools = self._new_schools(lines, urns, schools, faults)
        former = self._former(lines, cells["Former UPNs"], upns, faults)
        self._compare(lines, upns, former, faults)
        details: list[list[str]] = []
        if not faults:
            details = [
                _references(len(rows)),
                *map(_as_copy_reads, names),
                *(_as_copy_reads(list(map(folded_name, column))) for column in names),
                born,
                supported,
                *(_as_copy_reads(cells[heading]) for heading in TEXTS),
            ]
        return Batch(lines, upns, former, urns, details, new_schools, faults, marks)

    def _born(self, text: str) -> str:
        day = read_day(text)
        return str(day) if day and can_be_born(day, self._on) else ""

    def _born_long_ago(
        self, lines: Sequence[int], cells: list[str], groups: list[str], born: list[str]
    ) -> list[Fault]:
        """Fill in the dates of former pupils missing in `born`; return the faults of the others."""
        faults = []
        for place, text in enumerate(born):
            if text:
                continue
            day = read_day(cells[place])
            if day and can_be_born(day, self._on, groups[place]):
                born[place] = str(day)
            else:
                faults.append(Fault(self._born_fault(cells[place]), lines[place], "DOB"))
        return faults

    def _born_fault(self, text: str) -> str:
        if not text:
            return "is empty."
        day = read_day(text)
        if day is None:
            return f"{text[:20]!r} is not a date. {how_to_write(text)}"
        if day > self._on:
            return f"{text[:20]!r} is in the future. Check the year of the date of birth."
        return (
            f"{text[:20]!r} makes the pupil more than {OLDEST} years old. "
            "Check the year of the date of birth."
        )

    def _marks(
        self, lines: Sequence[int], cells: Mapping[str, list[str]], faults: list[Fault]
    ) -> dict[int, Mark]:
        """Return what rows say of protection and deaths, by their place; most say nothing."""
        protected, died = (cells[heading] for heading in MARKS)
        faults += _faults(lines, "Protected", protected, _answer_fault)
        marked = {at for at, cell in enumerate(protected) if cell and cell.casefold() in YES}
        marked |= {at for at, cell in enumerate(died) if cell}
        marks = {}
        for place in sorted(marked):
            day = read_day(died[place]) if died[place] else None
            if died[place]:
                message = self._died_fault(died[place], day, read_day(cells["DOB"][place]))
                if message:
                    faults.append(Fault(message, lines[place], "Died on"))
            marks[place] = Mark(protected[place].casefold() in YES, day)
        return marks

    def _died_fault(self, text: str, day: date | None, born: date | None) -> str:
        if day is None:
            return f"{text[:20]!r} is not a date. {how_to_write(text)}"
        fault = day_fault(day, born or date.min, self._on)
        if fault is DayFault.FUTURE:
            return f"{text[:20]!r} is in the future. Check the year."
        return f"{text[:20]!r} is before the date of birth." if fault else ""

    def _new_schools(
        self, lines: Sequence[int], urns: list[str], names: list[str], faults: list[Fault]
    ) -> dict[str, str]:
        new = {}
        for urn, name in dict.fromkeys(zip(urns, names, strict=True)):
            if (urn, name) in self._school_pairs or _urn_fault(urn) or not name:
                continue
            first = self._schools.get(urn)
            if first is None:
                self._schools[urn] = new[urn] = name
                self._school_pairs.add((urn, name))
            elif folded_heading(first) == folded_heading(name):
                self._school_pairs.add((urn, name))
            else:
                message = f"URN {urn} is {first!r} in an earlier row."
                pairs = zip(lines, urns, names, strict=True)
                faults += [
                    Fault(message, line, "School") for line, u, n in pairs if (u, n) == (urn, name)
                ]
        return new

    def _former(
        self, lines: Sequence[int], cells: list[str], upns: list[str], faults: list[Fault]
    ) -> dict[int, list[str]]:
        """Return the former UPNs of each row that has any, apart from its present one."""
        former_upns: dict[int, list[str]] = {}
        if not any(cells):
            return former_upns
        for place, cell in enumerate(cells):
            if not cell:
                continue
            for number in cell.replace(";", " ").replace(",", " ").split():
                former = upn.normal(number)
                if message := _upn_fault(former):
                    faults.append(Fault(message, lines[place], "Former UPNs"))
                elif former != upns[place] and former not in former_upns.get(place, ()):
                    former_upns.setdefault(place, []).append(former)
        return former_upns

    def _compare(
        self,
        lines: Sequence[int],
        upns: list[str],
        former: dict[int, list[str]],
        faults: list[Fault],
    ) -> None:
        """Find UPNs that are in two rows. A message never names two UPNs (C11)."""
        numbers = set(upns)
        if len(numbers) == len(upns) and self._line_of.keys().isdisjoint(numbers):
            self._line_of.update(zip(upns, lines, strict=True))
        else:
            for line, number in zip(lines, upns, strict=True):
                first = self._line_of.setdefault(number, line)
                if first != line and upn.is_valid(number):
                    faults.append(Fault(f"this pupil is also in line {first}.", line, "UPN"))
        message = "one of them is also in line {}."
        for number in self._line_of_former.keys() & numbers:
            line, other = self._line_of_former[number], self._line_of[number]
            faults.append(Fault(message.format(other), line, "Former UPNs"))
        for place, former_upns in former.items():
            line = lines[place]
            for number in former_upns:
                first = self._line_of_former.setdefault(number, line)
                other = first if first != line else self._line_of.get(number, line)
                if other != line:
                    faults.append(Fault(message.format(other), line, "Former UPNs"))


def not_yours(batch: Batch, only: Collection[str] | None) -> list[Fault]:
    """Return a fault for each row of a school not in `only` (URNs; None: all are allowed)."""
    if only is None or set(batch.urns) <= set(only):
        return []
    message = "this is not your school. You can only import pupils at your own school."
    rows = zip(batch.lines, batch.urns, strict=True)
    return [Fault(message, line, "School URN") for line, urn in rows if urn not in only]


def _faults(
    lines: Sequence[int], heading: str, cells: list[str], fault_of: Callable[[str], str]
) -> list[Fault]:
    """Return the faults of a column; `fault_of` says what is wrong with a cell, or nothing."""
    wrong = {cell: message for cell in set(cells) if (message := fault_of(cell))}
    if not wrong:
        return []
    rows = zip(lines, cells, strict=True)
    return [Fault(wrong[cell], line, heading) for line, cell in rows if cell in wrong]


def _as_copy_reads(column: list[str]) -> list[str]:
    text = "".join(column)
    if any(mark in text for mark in "\\\t\n\r"):
        return [cell.translate(_ESCAPES) for cell in column]
    return column


def _references(count: int) -> list[str]:
    digits = secrets.token_hex(16 * count)
    return [digits[at : at + 32] for at in range(0, len(digits), 32)]


def _upn_fault(text: str) -> str:
    if upn.is_valid(text):
        return ""
    if not text:
        return "is empty. Each pupil needs a unique pupil number."
    return f"{text[:20]!r} is not a valid UPN."


def _empty_fault(text: str) -> str:
    return "" if text else "is empty."


def _surname_fault(text: str) -> str:
    """Return why a surname of marks alone is wrong: it could be compared with nothing, and would
    never contradict (D)."""
    message = no_name(text)
    return f"{message} Enter the last name as it is on the birth certificate." if message else ""


def _forename_fault(text: str) -> str:
    """Return what is wrong with a first name. It may be a dash: some people have one name only.
    Twins without one differ by UPN."""
    if not any(map(str.isalnum, text)) and folded_name(text) in _NO_FORENAME:
        return ""
    message = no_name(text)
    return f"{message} Enter the first name, or “-” if there is none." if message else ""


def _longer_than(limit: int) -> Callable[[str], str]:
    return lambda text: f"is longer than {limit} characters." if len(text) > limit else ""


def _urn_fault(text: str) -> str:
    if len(text) == 6 and text.isascii() and text.isdigit():
        return ""
    return f"{text!r} is not a valid URN. It must be 6 digits."


def _answer(text: str) -> str:
    folded = text.casefold()
    return "t" if folded in YES | NEEDS else "f" if folded in NO | NO_NEEDS else ""


def _answer_fault(text: str) -> str:
    return "" if _answer(text) else "must be yes or no, or a code for SEN (E, K or N)."
