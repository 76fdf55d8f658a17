"""Cards of requests for data that no agreement covers (Q1) on the start page of officers: each number is
that of the list it leads to."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import Model, QuerySet
from django.urls import reverse

from privacy_portal.cards import Card, Line
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.row_counts import Total
from privacy_portal.ground.ui.environment import count
from privacy_portal.timing import card
from sharing.requests import queries


def request_lists(user: User, at: datetime) -> dict[str, QuerySet[Model]]:
    """Return the lists that the cards count, by name."""
    return {
        "requests": queries.requests_to_decide(),
        "requests-overdue": queries.requests_to_decide().filter(due_at__lt=at),
        "requests-to-approve": queries.requests_to_approve(user),
        "requests-to-answer": queries.requests_to_answer(),
    }


def request_cards(totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    """Yield what an officer has to decide, to agree to as a second officer, and to answer."""
    late = totals["requests-overdue"].number
    cards = (
        (
            "requests", "Requests for information", "open",
            f" to decide{', ' if late else '.'}", f"{late:,} overdue." if late else "",
        ),
        (
            "requests-to-approve", "Requests that need a second officer", "second",
            ": another officer decided to share. Do you agree?", "",
        ),
        (
            "requests-to-answer", "Requests to answer", "answer",
            " decided, but not answered yet. Answer, then record it.", "",
        ),
    )  # fmt: skip
    for name, heading, status, text, overdue in cards:
        if number := totals[name].number:
            href = f"{reverse('staff-requests')}?status={status}"
            line = Line(text, count(number, "request"), href, overdue)
            yield card(heading, line, name, totals[name], at)
