"""Figures that the public register may publish (docs/rulebook.md, S): pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sharing.counts_rules import nearest_5

THRESHOLD = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold the figures of an organisation, purpose and month; None is `fewer than 5`."""

    files: int | None
    pupils: int | None


def publishable(files: int, pupils: int) -> Figures:
    """S1 Return the number of different pupils to the nearest 5, None for fewer than 5, and the
    number of files: None too then, for each may be about one child. Files of counts are about
    nobody: 0 pupils is shown.

    Figures of one month, organisation and purpose are published once, and no total over any: there
    is no equation between two of them, so none can be worked out of others (S2).
    """
    if 1 <= pupils < THRESHOLD:
        return Figures(None, None)
    return Figures(files, nearest_5(pupils))


def months_ended(first: date, today: date) -> Iterator[date]:
    """Yield the first days of the months, from that of `first`, that have ended before `today`."""
    month = first.replace(day=1)
    while month < today.replace(day=1):
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
