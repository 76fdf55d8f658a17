"""Cards of drafted changes to the policy on the start page of officers: each number is that of the list it
leads to."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import Model, QuerySet
from django.urls import reverse

from privacy_portal.cards import Card, Line
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.row_counts import Total
from privacy_portal.ground.ui.environment import count
from privacy_portal.timing import card
from sharing.policy import queries


def policy_lists(user: User) -> dict[str, QuerySet[Model]]:
    """Return the lists that the cards count, by name."""
    lists: dict[str, QuerySet[Model]] = {"policy-sent-back": queries.changes_sent_back(user)}
    if may(user, Action.PUT_IN_FORCE):
        lists["policy-to-check"] = queries.changes_to_check(user)
    return lists


def policy_cards(totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    """Yield what waits for an approving officer, and what was sent back to whoever drafted it."""
    for name, status, heading, text in (
        (
            "policy-to-check", "to-check", "Changes to the policy to check",
            " drafted by another officer. Put in force or send back.",
        ),
        (
            "policy-sent-back", "to-correct", "Changes to the policy sent back to you",
            " to correct. Read what is wrong, then draft it again.",
        ),
    ):  # fmt: skip
        if (total := totals.get(name)) and total.number:
            href = f"{reverse('staff-policy-drafts')}?status={status}"
            line = Line(text, count(total.number, "change"), href)
            yield card(heading, line, name, total, at)
