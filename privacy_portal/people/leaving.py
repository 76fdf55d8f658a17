"""Accounts that nobody uses: people are told after 76 days, and their account ends after 90."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from notices.queries import signature
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.people import keeping, queries, rules


def deactivate_unused(*, at: datetime) -> int:
    """Deactivate whoever has not signed in for 90 days; return how many."""
    ended = 0
    for user in queries.unused(at=at):
        try:
            keeping.deactivate(user, by=None, at=at, unused=True)
        except NotNowError:  # somebody else deactivated them meanwhile
            continue
        ended += 1
    return ended


def warn_unused(*, at: datetime) -> int:
    """Mail whoever will be deactivated within 14 days, once; return how many."""
    with transaction.atomic():
        return write(
            (
                Letter(
                    key=f"unused/{user.reference}/{last_day}",
                    to=user.email,
                    template="people/unused",
                    context={
                        "name": user.name,
                        "since": last_day - timedelta(days=rules.UNUSED_DAYS),
                        "last_day": last_day,
                        "link": address(reverse("account_login")),
                        **signature(),
                    },
                )
                for user, last_day in queries.to_warn(at=at)
                if user.has_way_in()
            ),
            at=at,
        )
