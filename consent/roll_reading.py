"""Reading a roll: each row checked by itself and against the rows before it.

A batch is looked at column by column: each different cell is checked once.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from consent import upn
from privacy_portal.days import read_day
from privacy_portal.faults import BadInputError, Fault
from privacy_portal.names import folded_heading, folded_name
from privacy_portal.tables import Table

REQUIRED = ("UPN", "Surname", "Forename", "DOB", "School URN", "School")
OPTIONAL = {
    "Former UPNs": "former",
    "Sex": "sex",
    "Year group": "year_group",
    "Address": "address",
    "Postcode": "postcode",
    "Parent name": "parent_name",
    "Parent address": "parent_address",
    "Parent email": "parent_email",
    "Supported to 25": "supported_to_25",
}
NAME_LENGTH = 200
TEXT_LENGTHS = {
    "Sex": 20,
    "Year group": 20,
    "Address": 500,
    "Postcode": 20,
    "Parent name": 200,
    "Parent address": 500,
    "Parent email": 254,
}
YES = {"y", "yes", "true", "1"}
NO = {"", "n", "no", "false", "0"}
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
    *(OPTIONAL[heading] for heading in TEXT_LENGTHS),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of the roll, as lists side by side: the lines they begin on, their numbers.

    `former` has the former UPNs of the rows that give any, by the row's place in the batch;
    `details` each row's other columns as COPY reads them; `schools` the names of schools by
    URN that no batch before had. With `faults` the rest is not to be stored.
    """

    lines: Sequence[int]
    upns: list[str]
    former: dict[int, list[str]]
    urns: list[str]
    details: list[str]
    schools: dict[str, str]
    faults: list[Fault]


class RollReader:
    """The rows of a roll. `given` are the columns of a pupil that the file has beyond the
    required ones, `ignored` the headings that no roll knows."""

    def __init__(self, table: Table):
        """Raises BadInputError when a required column is missing."""
        self._table = table
        known = {folded_heading(heading): heading for heading in (*REQUIRED, *OPTIONAL)}
        self._place = {
            known[folded]: place for folded, place in table.columns.items() if folded in known
        }
        if missing := [heading for heading in REQUIRED if heading not in self._place]:
            raise BadInputError(
                [
                    Fault(f"the column {heading!r} is missing from the heading.",
                          table.heading_line)
                    for heading in missing
                ],
                name=table.name,
            )  # fmt: skip
        self.given = [OPTIONAL[h] for h in OPTIONAL if h in self._place and h != "Former UPNs"]
        self.ignored = [
            table.headings[place] for f, place in table.columns.items() if f not in known
        ]
        self._line_of: dict[str, int] = {}
        self._line_of_former: dict[str, int] = {}
        self._schools: dict[str, str] = {}

    def batches(self, size: int) -> Iterator[Batch]:
        """The rows in batches of about `size`."""
        for lines, rows in self._table.numbered_batches(size):
            yield self._batch(lines, rows)

    def _batch(self, lines: Sequence[int], rows: list[list[str]]) -> Batch:
        columns = [list(map(str.strip, column)) for column in zip(*rows, strict=True)]
        nothing = [""] * len(rows)

        def cells(heading: str) -> list[str]:
            place = self._place.get(heading)
            return nothing if place is None else columns[place]

        upns = upn.normal_all(cells("UPN"))
        surnames, forenames, urns = cells("Surname"), cells("Forename"), cells("School URN")
        born = {cell: read_day(cell) for cell in set(cells("DOB"))}
        faults = [
            *_faults(lines, "UPN", upns, _upn_fault),
            *_faults(lines, "Surname", surnames, _name_fault),
            *_faults(lines, "Forename", forenames, _name_fault),
            *_faults(lines, "DOB", cells("DOB"), _day_fault),
            *_faults(lines, "School URN", urns, _urn_fault),
            *_faults(lines, "School", cells("School"), _school_fault),
            *_faults(lines, "Supported to 25", cells("Supported to 25"), _answer_fault),
        ]
        for heading, limit in TEXT_LENGTHS.items():
            if max(map(len, cells(heading))) > limit:
                faults += _faults(lines, heading, cells(heading), _longer_than(limit))
        schools = self._new_schools(lines, urns, cells("School"), faults)
        former = self._former(lines, cells("Former UPNs"), upns, faults)
        self._compare(lines, upns, former, faults)
        details: list[str] = []
        if not faults:
            texts = [
                surnames,
                forenames,
                list(map(folded_name, surnames)),
                list(map(folded_name, forenames)),
                [str(born[cell]) for cell in cells("DOB")],
                ["t" if _is_yes(cell) else "f" for cell in cells("Supported to 25")],
                *(cells(heading) for heading in TEXT_LENGTHS),
            ]
            details = _as_copy_reads(texts)
        return Batch(lines, upns, former, urns, details, schools, faults)

    def _new_schools(
        self, lines: Sequence[int], urns: list[str], names: list[str], faults: list[Fault]
    ) -> dict[str, str]:
        new = {}
        for urn, name in dict.fromkeys(zip(urns, names, strict=True)):
            if _urn_fault(urn) or _school_fault(name):
                continue
            first = self._schools.get(urn)
            if first is None:
                self._schools[urn] = new[urn] = name
            elif folded_heading(first) != folded_heading(name):
                message = f"URN {urn} is {first!r} in an earlier row."
                pairs = zip(lines, urns, names, strict=True)
                faults += [
                    Fault(message, line, "School") for line, u, n in pairs if (u, n) == (urn, name)
                ]
        return new

    def _former(
        self, lines: Sequence[int], cells: list[str], upns: list[str], faults: list[Fault]
    ) -> dict[int, list[str]]:
        """The former numbers of each row that has any, apart from its present one."""
        found: dict[int, list[str]] = {}
        for place, cell in enumerate(cells):
            if not cell:
                continue
            for each in cell.replace(";", " ").replace(",", " ").split():
                former = upn.normal(each)
                if message := _upn_fault(former):
                    faults.append(Fault(message, lines[place], "Former UPNs"))
                elif former != upns[place] and former not in found.get(place, ()):
                    found.setdefault(place, []).append(former)
        return found

    def _compare(
        self,
        lines: Sequence[int],
        upns: list[str],
        former: dict[int, list[str]],
        faults: list[Fault],
    ) -> None:
        """Finds numbers that stand in two rows. A message never names two UPNs (C11)."""
        for line, number in zip(lines, upns, strict=True):
            if (first := self._line_of.setdefault(number, line)) != line and upn.is_valid(number):
                faults.append(Fault(f"this pupil stands in line {first} too.", line, "UPN"))
        message = "one of them stands in line {} too."
        for number in self._line_of_former.keys() & set(upns):
            line, other = self._line_of_former[number], self._line_of[number]
            faults.append(Fault(message.format(other), line, "Former UPNs"))
        for place, numbers in former.items():
            line = lines[place]
            for number in numbers:
                first = self._line_of_former.setdefault(number, line)
                other = first if first != line else self._line_of.get(number, line)
                if other != line:
                    faults.append(Fault(message.format(other), line, "Former UPNs"))


def _faults(
    lines: Sequence[int], heading: str, cells: list[str], fault_of: Callable[[str], str]
) -> list[Fault]:
    """The faults of a column; `fault_of` says what is wrong with a cell, or nothing."""
    wrong = {cell: message for cell in set(cells) if (message := fault_of(cell))}
    if not wrong:
        return []
    rows = zip(lines, cells, strict=True)
    return [Fault(wrong[cell], line, heading) for line, cell in rows if cell in wrong]


def _as_copy_reads(columns: list[list[str]]) -> list[str]:
    """Each row's cells with its reference, 128 random bits, before them; without a line end."""
    if any(mark in "".join(column) for column in columns for mark in "\\\t\n\r"):
        columns = [[cell.translate(_ESCAPES) for cell in column] for column in columns]
    digits = secrets.token_hex(16 * len(columns[0]))
    references = [digits[at : at + 32] for at in range(0, len(digits), 32)]
    return list(map("\t".join, zip(references, *columns, strict=True)))


def _upn_fault(text: str) -> str:
    if upn.is_valid(text):
        return ""
    if not text:
        return "is empty; each pupil needs a unique pupil number."
    return f"{text[:20]!r} is not a UPN: check its form and its check letter."


def _name_fault(text: str) -> str:
    return _longer_than(NAME_LENGTH)(text) if text else "is empty."


def _longer_than(limit: int) -> Callable[[str], str]:
    return lambda text: f"is longer than {limit} characters." if len(text) > limit else ""


def _day_fault(text: str) -> str:
    if read_day(text):
        return ""
    return f"{text[:20]!r} is no day; write 2012-05-31 or 31/05/2012." if text else "is empty."


def _urn_fault(text: str) -> str:
    if len(text) == 6 and text.isascii() and text.isdigit():
        return ""
    return f"{text!r} is not a URN: six digits."


def _school_fault(text: str) -> str:
    return "" if 1 <= len(text) <= NAME_LENGTH else f"must be 1 to {NAME_LENGTH} characters."


def _is_yes(text: str) -> bool:
    return text.casefold() in YES


def _answer_fault(text: str) -> str:
    return "" if text.casefold() in YES | NO else "must be yes or no."
