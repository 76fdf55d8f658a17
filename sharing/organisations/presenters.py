"""Organisations in words, without queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from notices.models import Recipient
from privacy_portal.ground.days import in_words
from sharing import rules
from sharing.assurances.queries import AssuranceReview, withdrawal_of
from sharing.assurances.rules import DAYS_BEFORE_END, Standing
from sharing.models import Assurance, AssuranceWithdrawal

STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.NEVER_RECORDED: ("None recorded", "yellow"),
    Standing.VALID: ("Valid", "green"),
    Standing.ENDS_SOON: ("Ends soon", "orange"),
    Standing.ENDED: ("Ended", "red"),
    Standing.NONE_LEFT: ("None left", "red"),
}


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """An organisation in the list; `agreements` are those in force."""

    recipient: Recipient
    dates: str
    assurance: AssuranceReview
    agreements: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An assurance as it was recorded, with its withdrawal."""

    row: Assurance
    withdrawal: AssuranceWithdrawal | None


def is_open(recipient: Recipient, on: date) -> bool:
    """Return whether an organisation is open on the day."""
    return rules.is_open(rules.Recipient(recipient.code, recipient.opened, recipient.closed), on)


def dates_of(recipient: Recipient, on: date) -> str:
    """Return in words since when an organisation is open, or when it closed."""
    if recipient.closed and recipient.closed <= on:
        return f"Closed on {in_words(recipient.closed)}"
    parts = []
    if recipient.opened:
        verb = "Opened" if recipient.opened <= on else "Opens"
        parts.append(f"{verb} on {in_words(recipient.opened)}")
    if recipient.closed:
        parts.append(f"closes on {in_words(recipient.closed)}")
    text = ", ".join(parts) or "Open, no dates recorded"
    return text[:1].upper() + text[1:]


def state_of(row: Assurance, on: date) -> tuple[str, str]:
    """Return how a current assurance stands, as the text of a tag and its colour."""
    left = (row.ends - on).days
    if left < 0:
        return STANDINGS[Standing.ENDED]
    if left > max(DAYS_BEFORE_END):
        return STANDINGS[Standing.VALID]
    days = "today" if left == 0 else "in 1 day" if left == 1 else f"in {left} days"
    return f"Ends {days}", "orange"


def history_of(rows: Sequence[Assurance]) -> list[HistoryLine]:
    """Return every assurance that was recorded, newest first."""
    return [HistoryLine(row, withdrawal_of(row)) for row in reversed(rows)]
