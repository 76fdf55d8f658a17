"""Rules about pupils who must not be found or have died (docs/rulebook.md, P), as pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consent.age_rules import attained
from consent.rules import DecidedBy

# From this age a pupil's own decisions are not told to parents.
OWN_AGE = 16


@dataclass(frozen=True, slots=True)
class Protection:
    """A protection of a pupil: from the day `since` (None: nobody knows) to the day before `ended_on`
    (None: it lasts)."""

    since: date | None
    ended_on: date | None = None


def protected(protections: Iterable[Protection], on: date) -> bool:
    """P1 A pupil is protected on each day from the one that whoever protected them gave, or on every
    day where none was given, until two officers end it."""
    return any(
        (protection.since is None or protection.since <= on)
        and (protection.ended_on is None or on < protection.ended_on)
        for protection in protections
    )


class DayFault(StrEnum):
    """What is wrong with the day of a death, or from which a pupil is protected."""

    FUTURE = "future"
    BEFORE_BIRTH = "before-birth"


def day_fault(day: date, born: date, today: date) -> DayFault | None:
    """P1 Nobody has died, or was protected, after today or before they were born."""
    if day > today:
        return DayFault.FUTURE
    return DayFault.BEFORE_BIRTH if day < born else None


def is_own_business(by: str, born: date, on: date) -> bool:
    """P7 Return whether a decision of a day is the pupil's own, made at 16 or over: no parent is told."""
    return by == DecidedBy.PUPIL and attained(OWN_AGE, born, on)
