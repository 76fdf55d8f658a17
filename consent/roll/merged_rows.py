"""Rows of a file whose UPN came from a record that was merged into another (C6).

Such a row updates the record only where it agrees on who the pupil is, and no other row of the file
updates it. Otherwise it changes nothing: the school's system has two pupils where the portal has
one record, and it is not certain which is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from consent.roll import sql
from consent.roll.sql import Rows


@dataclass(frozen=True, slots=True)
class RowApart:
    """A row that changes nothing: the pupil's id, the line, the UPN, and the pupil's name in the
    file."""

    pupil: int
    line: int
    upn: str
    name: str


def merged_numbers(rows: Rows) -> frozenset[str]:
    """Return the UPNs that came to their records by merges that hold; 1 query."""
    return frozenset(number for (number,) in rows(sql.MERGED_NUMBERS))


def set_apart(rows: Rows) -> Sequence[RowApart]:
    """Take the rows that change nothing out of those that an import knows, and return them by line;
    1 query."""
    apart = [RowApart(*row) for row in rows(sql.SET_APART)]
    return sorted(apart, key=lambda row: row.line)
