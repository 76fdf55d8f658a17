"""Withhold a disclosure from families while a law or court order requires it."""

from datetime import date, datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from sharing.models import Disclosure, Restriction


def restrict(
    disclosure: Disclosure, *, until: date, ground: str, by: User, at: datetime
) -> Restriction:
    """Withhold a disclosure from families until the end of the day, on a ground; a day in the past ends
    it."""
    with transaction.atomic():
        restriction = Restriction.objects.create(
            disclosure=disclosure, until=until, ground=ground, by=by, at=at
        )
        details = {"disclosure": disclosure.pk, "until": until.isoformat()}
        log.record("disclosure-restricted", at=at, by=by, **details, texts=texts_of(restriction))
    return restriction


def in_force(disclosure: Disclosure, on: date) -> Restriction | None:
    """Return the restriction of the disclosure that is in force on the day; 1 query."""
    latest = disclosure.restrictions.select_related("by").order_by("-pk").first()
    return latest if latest is not None and latest.until >= on else None
