"""Reminders of agreements: 90, 30 and 7 days before the end, and when a review is due (A4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter, address, write
from sharing.agreements.queries import Reviewed, reviewed
from sharing.agreements.rules import DAYS_BEFORE_END, Standing, nearest_reminder
from sharing.models import AgreementVersion

LIVE = (Standing.IN_FORCE, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Due:
    """An agreement that ends within 90 days without being renewed, or whose review is due."""

    agreement: Reviewed
    ends_within: int | None
    review_on: date | None


def due(on: date) -> list[Due]:
    """What officers are reminded of on the day, soonest end first; 2 queries."""
    found = []
    near = Q(ends__lte=on + timedelta(days=max(DAYS_BEFORE_END))) | Q(review_on__lte=on)
    among = AgreementVersion.objects.filter(near, signed_on__isnull=False, ends__gte=on)
    for each in reviewed(on, among=among):
        if each.standing not in LIVE:
            continue
        row = each.current.row
        within = None if each.renewed else nearest_reminder(row.ends, on)
        review = row.review_on if row.review_on and row.review_on <= on else None
        if within is not None or review is not None:
            found.append(Due(each, within, review))
    return sorted(found, key=lambda each: each.agreement.current.row.ends)


def remind(*, at: datetime) -> int:
    """Mails to officers what is due, each reminder once; returns how many mails are new.

    After days without this job the latest reminder alone is sent.
    """
    letters = []
    officers = list(User.objects.officers().filter(is_active=True))
    for each in due(day_of(at)):
        row = each.agreement.current.row
        causes = {}
        if each.ends_within is not None:
            causes[f"ends/{row.ends}/{each.ends_within}"] = "ends"
        if each.review_on is not None:
            causes[f"review/{each.review_on}"] = "review"
        letters += [
            Letter(
                key=f"agreement-due/{row.pk}/{key}/{officer.reference}",
                to=officer.email,
                template="sharing/agreement-due",
                context={
                    "cause": cause,
                    "version": row,
                    "link": address(reverse("staff-agreement", args=[each.agreement.agreement.pk])),
                },
            )
            for key, cause in causes.items()
            for officer in officers
        ]
    with transaction.atomic():
        return write(letters, at=at)
