"""Rows of a roll whose UPN came from a record that is part of another one now (C6).

Such a row brings the record up to date only where it says the same of who the pupil is, and no other
row of the file does so. Else it changes nothing: the school's system has two pupils where the portal
has one record, and it is not certain which of them is right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from consent.roll import sql

Rows = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class RowApart:
    """A row that changes nothing: where it is, its UPN, and the name that it has for the pupil."""

    pupil: int
    line: int
    upn: str
    name: str


def merged_numbers(rows: Rows) -> frozenset[str]:
    """The UPNs that came to their records by merges that hold; 1 query."""
    return frozenset(number for (number,) in rows(sql.MERGED_NUMBERS))


def set_apart(rows: Rows) -> Sequence[RowApart]:
    """Takes the rows that change nothing out of those that an import knows, in their order; 1 query."""
    apart = [RowApart(*each) for each in rows(sql.SET_APART)]
    return sorted(apart, key=lambda each: each.line)
