"""When a pupil's details are erased, and what speaks against it, as pure functions (docs/rulebook.md, R2)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consent.age_rules import birthday_of


class Matter(StrEnum):
    """Something about a pupil that is open, so that they are not erased."""

    HOLD = "hold"
    MERGE = "merge"
    SAME_CHILD = "same-child"
    MOVE = "move"
    PROTECTION = "protection"
    FORM = "form"
    OBJECTION = "objection"
    RECALL = "recall"
    INCIDENT = "incident"
    DELETION = "deletion"
    LIST = "list"
    REQUEST = "request"


class Reason(StrEnum):
    """Why a pupil's details are kept by their age and school."""

    ON_ROLL = "on-roll"
    BIRTHDAY = "birthday"
    LEFT = "left"


SENTENCES = {
    Reason.ON_ROLL: "The pupil is on a school roll.",
    Reason.BIRTHDAY: "The pupil is too young.",
    Reason.LEFT: "The pupil left too short a time ago.",
    Matter.HOLD: "An officer holds the details.",
    Matter.MERGE: "Officers have not decided whether to merge the record with another.",
    Matter.SAME_CHILD: "Staff have not said whether another record is of the same child.",
    Matter.MOVE: "A move to another school waits for an answer.",
    Matter.PROTECTION: "A second officer has not said whether the protection ends.",
    Matter.FORM: "An online form that may be about the pupil waits to be matched.",
    Matter.OBJECTION: "An objection waits for a decision, or the person is not told of it.",
    Matter.RECALL: "Information shared in error is recalled, and its deletion is not confirmed.",
    Matter.INCIDENT: "An incident about the pupil’s information is not closed.",
    Matter.DELETION: "An organisation has not confirmed that it deleted what it got.",
    Matter.LIST: "A list of what was shared waits for a second officer.",
    Matter.REQUEST: "A request for data about the pupil is open, or its texts are still kept.",
}


@dataclass(frozen=True, slots=True)
class KeepingTimes:
    """The policy's keeping times of pupils' details, in years: until which birthday, and how long after they
    left the roll."""

    birthday: int
    left: int


@dataclass(frozen=True, slots=True)
class KeptPupil:
    """A pupil as the rule sees them: `left_on` is None while they are on a roll."""

    born: date
    left_on: date | None
    open: AbstractSet[Matter] = frozenset()


def over_on(pupil: KeptPupil, times: KeepingTimes) -> date | None:
    """R2 Return the day on which a pupil's keeping time is over: the later of a birthday and so many years after they
    left; None while they are on a roll."""
    if pupil.left_on is None:
        return None
    return max(birthday_of(times.birthday, pupil.born), birthday_of(times.left, pupil.left_on))


def reasons_to_keep(
    pupil: KeptPupil, times: KeepingTimes, on: date, *, wished: bool = False
) -> list[Reason | Matter]:
    """R2 Return why a pupil's details are not erased on a day; empty if they are. Where two officers agreed to erase them
    because somebody wishes it, the pupil need only have left, and nothing may be open."""
    if pupil.left_on is None or pupil.left_on > on:
        reasons: list[Reason | Matter] = [Reason.ON_ROLL]
    elif wished:
        reasons = []
    else:
        days = {
            Reason.BIRTHDAY: birthday_of(times.birthday, pupil.born),
            Reason.LEFT: birthday_of(times.left, pupil.left_on),
        }
        reasons = [reason for reason, day in days.items() if day > on]
    return [*reasons, *sorted(pupil.open)]
