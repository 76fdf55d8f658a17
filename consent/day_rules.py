"""Which days a decision of a parent or pupil can have (docs/rulebook.md, C3): pure functions."""

from datetime import date
from enum import StrEnum


class Misdated(StrEnum):
    """The reason why the dates of a decision cannot be right."""

    RECEIVED_LATER = "received-after-today"
    SIGNED_LATER = "signed-after-receipt"


MISDATED = {
    Misdated.RECEIVED_LATER: "Date received must be today or in the past",
    Misdated.SIGNED_LATER: "Date signed must be the same as or before the date received",
}


def misdated(received: date, signed: date | None, today: date) -> list[Misdated]:
    """C3 Nothing can have been received after today, nor signed after it was received."""
    reasons = [Misdated.RECEIVED_LATER] if received > today else []
    if signed is not None and signed > received:
        reasons.append(Misdated.SIGNED_LATER)
    return reasons
