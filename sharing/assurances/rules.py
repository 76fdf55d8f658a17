"""The assurance of an organisation: its registration with the Information Commissioner and its security
certificates (docs/rulebook.md, Q3), as pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAYS_BEFORE_END = (90, 30, 7)


class Kind(StrEnum):
    """A registration, or a scheme of certificates."""

    REGISTRATION = "ico-registration"
    CYBER_ESSENTIALS = "cyber-essentials"
    CYBER_ESSENTIALS_PLUS = "cyber-essentials-plus"
    ISO_27001 = "iso-27001"
    DSPT = "dspt"
    OTHER = "other"


class Why(StrEnum):
    """Why an assurance was withdrawn: it never was one, or nobody relies on it any more."""

    MISTAKE = "mistake"
    NO_LONGER = "no-longer"


@dataclass(frozen=True, slots=True)
class Assurance:
    """An assurance as it was recorded: `number` counts up with each; `ends` is its last day."""

    number: int
    kind: Kind
    name: str
    ends: date
    withdrawn: Why | None = None


class Standing(StrEnum):
    """How the assurance of an organisation stands on a day."""

    NEVER_RECORDED = "never-recorded"
    VALID = "valid"
    ENDS_SOON = "ends-soon"
    ENDED = "ended"
    NONE_LEFT = "none-left"


def current(assurances: Iterable[Assurance]) -> list[Assurance]:
    """Q3 Return what an organisation relies on: of each kind, and of each other certificate by its name,
    the one recorded last that was no mistake, unless it was withdrawn."""
    latest: dict[tuple[Kind, str], Assurance] = {}
    for assurance in sorted(assurances, key=lambda assurance: assurance.number):
        if assurance.withdrawn is not Why.MISTAKE:
            latest[assurance.kind, " ".join(assurance.name.casefold().split())] = assurance
    return [assurance for assurance in latest.values() if assurance.withdrawn is None]


def ended(assurances: Iterable[Assurance], on: date) -> list[Assurance]:
    """Q3 Return what an organisation relies on and had its last day before this one, oldest end first."""
    past = [assurance for assurance in current(assurances) if assurance.ends < on]
    return sorted(past, key=lambda assurance: assurance.ends)


def standing(assurances: Sequence[Assurance], on: date) -> Standing:
    """Q3 Return how the assurance of an organisation stands on the day. A single one that has ended is
    enough for ENDED, and whoever once had one has to have one: NONE_LEFT."""
    if all(assurance.withdrawn is Why.MISTAKE for assurance in assurances):
        return Standing.NEVER_RECORDED
    relied_on = current(assurances)
    if not relied_on:
        return Standing.NONE_LEFT
    if ended(assurances, on):
        return Standing.ENDED
    soon = on + timedelta(days=max(DAYS_BEFORE_END))
    return (
        Standing.ENDS_SOON
        if any(assurance.ends <= soon for assurance in relied_on)
        else Standing.VALID
    )


def stops_signing(standing: Standing) -> bool:
    """Q3 Return whether no agreement can be signed. Where none was ever recorded that is only warned of."""
    return standing in (Standing.ENDED, Standing.NONE_LEFT)


def nearest_reminder(ends: date, on: date) -> int | None:
    """Q3 Return the latest reminder due on the day, as 90, 30 or 7 days before the end; None before the
    first and after the end."""
    left = (ends - on).days
    due = [days for days in DAYS_BEFORE_END if 0 <= left <= days]
    return min(due) if due else None
