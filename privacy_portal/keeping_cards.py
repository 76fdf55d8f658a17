"""Cards of keeping times (R2) on the start page of officers."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.urls import reverse

from consent.keeping.records import wishes_for
from privacy_portal.cards import Card, Line, When
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.row_counts import Total
from sharing.keeping.overdue import is_overdue

MOST = 20


def keeping_cards(user: User, totals: Mapping[str, Total], at: datetime) -> Iterator[Card]:
    """Yield what an officer must know of keeping times, by `totals`: that the nightly job did not erase what is
    due, and wishes that wait for a second officer; 1 query where there are any."""
    if is_overdue(totals, at):
        line = Line(
            " was not erased: the nightly job did not run. Ask your system administrator why.",
            "What is over its keeping time",
            reverse("staff-keeping-times"),
            when=When.OVERDUE,
        )
        yield Card("Nothing is erased", [line])
    if not totals["erasure-wishes"].number:
        return
    lines = [
        Line(
            f": asked for by {wish.by.name}. Only a second officer can agree",
            wish.pupil.name,
            reverse("staff-erasure-answer", args=[wish.pupil.reference, wish.pk]),
        )
        for wish in wishes_for(user)[:MOST]
    ]
    yield Card("Details that somebody wishes erased", lines, mine=True)
