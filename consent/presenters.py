"""Rows of the consent app in words, without queries."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from privacy_portal.days import day_of, working_days_later


@dataclass(frozen=True, slots=True)
class Waited:
    """For how many days something has waited, and whether it is past its target."""

    days: int
    due_on: date
    overdue: bool


def waited(since: datetime, today: date) -> Waited:
    """How long an opt-out has waited for a person to find its pupil."""
    received = day_of(since)
    due_on = working_days_later(received, settings.MATCHING_WORKING_DAYS)
    return Waited((today - received).days, due_on, today > due_on)
