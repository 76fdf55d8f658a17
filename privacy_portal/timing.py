"""When what the start page lists must be done, and what of it is for one person more than for others."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F
from django.db.models.functions import Coalesce

from consent.rules import OPT_IN_DAYS, objection_due
from privacy_portal.cards import Card, Line, When, due_at, due_on
from privacy_portal.ground.days import day_of, days_later, working_days_later
from privacy_portal.ground.row_counts import Total
from privacy_portal.ground.terms import current as terms
from sharing.review.incidents import CLOCK


class Timing(NamedTuple):
    """How urgent a list of things to do is: `when` where they have no day of their own.

    Otherwise `first` is the field whose earliest value `due` turns into the day or instant by which the first
    of them must be done. `mine` as of a card.
    """

    when: When = When.LATER
    mine: bool = False
    first: Any = None
    due: Callable[[Any], date | datetime] | None = None


def _itself(due: Any) -> Any:
    return due


def _matched_by(received: datetime) -> date:
    return working_days_later(day_of(received), terms.number("matching_working_days"))


def _entered_by(told: datetime) -> date:
    return working_days_later(day_of(told), terms.number("school_working_days"))


def _answered_by(since: datetime) -> date:
    return day_of(days_later(since, terms.number("move_days")))


# By the name of the list; one that is not here is for later.
TIMINGS: Mapping[str, Timing] = {
    "incidents": Timing(first=F("opened_at"), due=lambda opened: opened + CLOCK),
    "requests": Timing(first=F("due_at"), due=_itself),
    "requests-to-approve": Timing(first=F("due_at"), due=_itself, mine=True),
    "requests-to-answer": Timing(first=F("due_at"), due=_itself),
    "policy-to-check": Timing(mine=True),
    "policy-sent-back": Timing(mine=True),
    "undestroyed": Timing(first=F("destroy_by"), due=_itself),
    "recalls": Timing(When.SOON),
    "amendments": Timing(When.SOON),
    "amendments-overdue": Timing(When.OVERDUE),
    "objections": Timing(
        first=F("received_at"), due=lambda received: objection_due(day_of(received))
    ),
    "questions": Timing(When.SOON, mine=True),
    "merges": Timing(mine=True),
    "roles": Timing(When.SOON, mine=True),
    "jobs": Timing(When.SOON),
    "opt-outs": Timing(first=F("received_at"), due=_matched_by),
    "news": Timing(When.SOON),
    "moves": Timing(first=Coalesce("since", "at"), due=_answered_by),
    "work": Timing(first=F("told_at"), due=_entered_by),
    "tellings": Timing(
        first=F("decision__received_at"),
        due=lambda received: received + timedelta(days=OPT_IN_DAYS),
    ),
    "schools-overdue": Timing(When.OVERDUE),
    "reports": Timing(first=F("due_on"), due=_itself),
    "mails-failed": Timing(When.OVERDUE),
    "mails-overdue": Timing(When.OVERDUE),
    "endings": Timing(mine=True),
    "lists": Timing(When.SOON, mine=True),
}
FIRSTS = {name: timing.first for name, timing in TIMINGS.items() if timing.first is not None}


def card(heading: str, line: Line, name: str, total: Total, at: datetime) -> Card:
    """Return the card of one list, with its urgency and whether it is for this person."""
    timing = TIMINGS.get(name, Timing())
    counted = replace(line, number=total.number)
    return Card(heading, [_timed(counted, timing, total, at)], mine=timing.mine)


def _timed(line: Line, timing: Timing, total: Total, at: datetime) -> Line:
    if timing.due is None or total.first is None:
        return replace(line, when=timing.when)
    due = timing.due(total.first)
    return due_at(line, due, at) if isinstance(due, datetime) else due_on(line, due, at)
