"""Weeks, months, ages and the scales of charts (docs/rulebook.md, K1): pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

# Charts have so many labels under them at most: more do not fit on a phone.
MOST_LABELS = 4
# A scale has so many steps at most.
MOST_STEPS = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Band:
    """How long something waits, in days: from `least` to less than `below` (None: without end)."""

    label: str
    least: int
    below: int | None

    def received(self, today: date) -> tuple[date | None, date | None]:
        """Return the first and the last day on which something of this age was received; None: no limit.

        What is dated ahead of today is of the youngest band.
        """
        first = None if self.below is None else today - timedelta(days=self.below - 1)
        return first, (today - timedelta(days=self.least) if self.least else None)


BANDS = (
    Band("Up to 1 week", 0, 8),
    Band("Up to 4 weeks", 8, 29),
    Band("Up to 12 weeks", 29, 85),
    Band("Longer", 85, None),
)


def band_of(since: date, today: date) -> Band:
    """Return how long something waits that was received on the day `since`."""
    age = max((today - since).days, 0)
    return next(band for band in BANDS if band.below is None or age < band.below)


def month_of(on: date) -> date:
    """Return the first day of the month of a day."""
    return on.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after the one that begins on `month`."""
    return month_of(month + timedelta(days=31))


def month_end(month: date) -> date:
    """Return the last day of the month that begins on `month`."""
    return next_month(month) - timedelta(days=1)


def months(first: date, last: date) -> list[date]:
    """Return the first days of the months from that of `first` to that of `last`; none if it is earlier."""
    month, every = month_of(first), []
    while month <= last:
        every.append(month)
        month = next_month(month)
    return every


def months_back(today: date, number: int) -> date:
    """Return the first day of the earliest of so many months of which this is the last."""
    years, month = divmod(today.year * 12 + today.month - number, 12)
    return date(years, month + 1, 1)


def weeks_ended(first: date, today: date) -> Iterator[Period]:
    """Yield the weeks from the day `first` that have ended before `today`, each cut where a month ends.

    Weeks are from Monday to Sunday. So that numbers of weeks add up to months, a week in which a month
    ends is two; the first begins on `first`.
    """
    while True:
        sunday = first + timedelta(days=6 - first.weekday())
        last = min(sunday, month_end(month_of(first)))
        if last >= today:
            return
        yield Period(first, last)
        first = last + timedelta(days=1)


def ticks(most: float) -> list[int]:
    """Return the whole numbers that a scale is labelled with: evenly spaced from 0 to `most` or more, by 1,
    2 or 5 times a power of 10, in five steps at most."""
    step, power = 1, 1
    while most > step * MOST_STEPS:
        step = next((more * power for more in (2, 5) if more * power > step), 10 * power)
        if step == 10 * power:
            power *= 10
    return [number * step for number in range(max(1, _steps(most, step)) + 1)]


def _steps(most: float, step: int) -> int:
    whole = int(most // step)
    return whole if whole * step >= most else whole + 1


def labelled(number: int) -> list[int]:
    """Return the places, of so many in a row, that have a label: evenly spaced from the first."""
    every = -(-number // MOST_LABELS)
    return list(range(0, number, every)) if number else []


def runs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    """Return where each of the numbers stacked on another begins and ends."""
    edges = [0.0]
    for number in numbers:
        edges.append(edges[-1] + number)
    return list(pairwise(edges))
