"""Reminders of agreements: 90, 30 and 7 days before the end, and when a review is due (A4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.agreements.queries import AgreementReview, agreement_reviews
from sharing.agreements.rules import DAYS_BEFORE_END, Standing, nearest_reminder
from sharing.models import AgreementVersion

LIVE = (Standing.IN_FORCE, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Reminder:
    """An agreement that ends within 90 days without being renewed, or whose review is due."""

    agreement: AgreementReview
    ends_within: int | None
    review_on: date | None


def reminders_due(on: date) -> list[Reminder]:
    """Return the reminders due on the day, soonest end first; 2 queries."""
    reminders = []
    near = Q(ends__lte=on + timedelta(days=max(DAYS_BEFORE_END))) | Q(review_on__lte=on)
    among = AgreementVersion.objects.filter(near, signed_on__isnull=False, ends__gte=on)
    for agreement in agreement_reviews(on, among=among):
        if agreement.standing not in LIVE:
            continue
        row = agreement.current.row
        within = None if agreement.renewed else nearest_reminder(row.ends, on)
        review = row.review_on if row.review_on and row.review_on <= on else None
        if within is not None or review is not None:
            reminders.append(Reminder(agreement, within, review))
    return sorted(reminders, key=lambda reminder: reminder.agreement.current.row.ends)


def remind(*, at: datetime) -> int:
    """Email officers what is due, each reminder once; return how many emails are new.

    After days without this job the latest reminder alone is sent.
    """
    letters = []
    officers = list(User.objects.officers().filter(is_active=True))
    for reminder in reminders_due(day_of(at)):
        row = reminder.agreement.current.row
        causes = {}
        if reminder.ends_within is not None:
            causes[f"ends/{row.ends}/{reminder.ends_within}"] = "ends"
        if reminder.review_on is not None:
            causes[f"review/{reminder.review_on}"] = "review"
        letters += [
            Letter(
                key=f"agreement-due/{row.pk}/{key}/{officer.reference}",
                to=officer.email,
                template="sharing/agreement-due",
                context={
                    "cause": cause,
                    "version": row,
                    "link": address(
                        reverse("staff-agreement", args=[reminder.agreement.agreement.pk])
                    ),
                },
            )
            for key, cause in causes.items()
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)
