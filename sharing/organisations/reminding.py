"""Reminders of the assurance of organisations: 90, 30 and 7 days before its end, and once it has ended (Q3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse

from notices.models import Recipient
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing import rules
from sharing.assurances.queries import all_reviews
from sharing.assurances.rules import DAYS_BEFORE_END, nearest_reminder
from sharing.models import Assurance


@dataclass(frozen=True, slots=True)
class AssuranceDue:
    """An assurance that ends within 90 days, or has ended: `within` is None then."""

    recipient: Recipient
    assurance: Assurance
    within: int | None


def assurances_due(on: date) -> list[AssuranceDue]:
    """Return what ends soon or has ended of organisations that are open, soonest end first; 1 query."""
    horizon = on + timedelta(days=max(DAYS_BEFORE_END))
    due = [
        AssuranceDue(recipient, row, nearest_reminder(row.ends, on))
        for recipient, review in all_reviews(on).items()
        if rules.is_open(rules.Recipient(recipient.code, recipient.opened, recipient.closed), on)
        for row in review.current
        if row.ends <= horizon
    ]
    return sorted(due, key=lambda line: (line.assurance.ends, line.assurance.pk))


def remind(*, at: datetime) -> int:
    """Email officers what ends soon, each reminder once; return how many emails are new.

    After days without this job the latest reminder alone is sent.
    """
    officers = list(User.objects.officers().filter(is_active=True))
    letters = [
        Letter(
            key=f"assurance-due/{due.assurance.pk}/{due.within}/{officer.reference}",
            to=officer.email,
            template="sharing/assurance-due",
            context={
                "recipient": due.recipient,
                "assurance": due.assurance,
                "link": address(reverse("staff-organisation", args=[due.recipient.code])),
            },
        )
        for due in assurances_due(day_of(at))
        if due.within is not None
        for officer in officers
    ]
    with transaction.atomic():
        return write(letters, at=at)
