"""Holding a disclosure back from families' lists while a law or order says so."""

from datetime import date, datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from sharing.models import Disclosure, Restriction


def restrict(
    disclosure: Disclosure, *, until: date, ground: str, by: User, at: datetime
) -> Restriction:
    """Holds a disclosure back up to the day, on a ground; a day that is over ends it."""
    with transaction.atomic():
        made = Restriction.objects.create(
            disclosure=disclosure, until=until, ground=ground, by=by, at=at
        )
        log.record(
            "disclosure-restricted",
            at=at,
            by=by,
            disclosure=disclosure.pk,
            until=until.isoformat(),
        )
    return made


def in_force(disclosure: Disclosure, on: date) -> Restriction | None:
    """The restriction that holds the disclosure back on the day; 1 query."""
    latest = disclosure.restrictions.select_related("by").order_by("-pk").first()
    return latest if latest is not None and latest.until >= on else None
