"""Which changes a recipient is told of (H6), as pure functions. Items appear by their codes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sharing.rules import Outcome, Reason

# The columns of the roll that each item is read from: what the portal itself can know.
COLUMNS_OF: Mapping[str, tuple[str, ...]] = {
    "pupil.surname": ("surname",),
    "pupil.forename": ("forename",),
    "pupil.date_of_birth": ("born",),
    "pupil.sex": ("sex",),
    "pupil.year_group": ("year_group",),
    "pupil.school": ("school_id",),
    "pupil.address": ("address",),
    "pupil.postcode": ("postcode",),
    "parent.name": ("parent_name",),
    "parent.address": ("parent_address",),
}
# These come with time or with a move: what was right when it was handed over stays right, and is
# kept for as long as the agreement says.
_WITH_TIME = (Reason.TOO_OLD, Reason.OUTSIDE_SCHOOLS)


class Fate(StrEnum):
    """What an amendment says of all that a recipient has of one pupil."""

    STAYS = "stays"
    BASIC_STAYS = "basic-stays"
    GOES = "goes"


def fate_of(outcome: Outcome, reason: Reason | None, *, otherwise: Outcome) -> Fate:
    """H6 Return what becomes of what a recipient has of a pupil whose row would have this outcome today.

    `otherwise` is the outcome it would have if age and school were left aside: a choice of the family, or
    protection, counts also for somebody who has grown too old or moved away.
    """
    if outcome is Outcome.RELEASED:
        return Fate.STAYS
    if outcome is Outcome.REDUCED:
        return Fate.BASIC_STAYS
    if reason in _WITH_TIME and otherwise is Outcome.RELEASED:
        return Fate.STAYS
    return Fate.GOES


def to_delete(sent: Collection[str], fate: Fate, basic: Collection[str]) -> frozenset[str]:
    """H6 Return the items that the recipient is asked to delete, of those that it was sent."""
    if fate is Fate.STAYS:
        return frozenset()
    return frozenset(sent) - (frozenset(basic) if fate is Fate.BASIC_STAYS else frozenset())


def to_tell(
    sent: Mapping[str, datetime],
    changes: Mapping[str, datetime],
    permitted: Collection[str],
    outcome: Outcome,
    basic: Collection[str],
) -> frozenset[str]:
    """H6 Return the items whose new values the recipient is told: sent before the roll's last change of
    them, permitted today, and of a row that would go today.

    `sent` says when each item was last read for the recipient, `changes` when each column of the roll
    last changed.
    """
    if outcome is Outcome.WITHHELD:
        return frozenset()
    may = frozenset(permitted) & (frozenset(basic) if outcome is Outcome.REDUCED else sent.keys())
    return frozenset(
        item
        for item in may & sent.keys()
        if any(
            column in changes and changes[column] > sent[item]
            for column in COLUMNS_OF.get(item, ())
        )
    )


@dataclass(frozen=True, slots=True)
class Instruction:
    """What an amendment says of one pupil: `changed` are the items with new values, `delete` those to
    delete, `whole` whether that is everything."""

    changed: frozenset[str]
    delete: frozenset[str]
    whole: bool

    @property
    def says_something(self) -> bool:
        return bool(self.changed or self.delete)
