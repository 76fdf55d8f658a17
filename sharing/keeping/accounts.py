"""Accounts of staff whose keeping time is over (R2)."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from privacy_portal.ground.accounts.models import AccountChange, User
from privacy_portal.ground.terms import current as terms

RULE = "account_keep_years"


def accounts_past_time(at: datetime) -> QuerySet[User]:
    """Return the accounts that are deactivated, and of which nothing was changed or used for longer than they
    are kept; 1 query."""
    before = at - timedelta(days=366 * terms.number(RULE))
    changes = AccountChange.objects.filter(user=OuterRef("pk"), at__gte=before)
    deactivated = User.objects.filter(is_active=False, erased_at=None, date_joined__lt=before)
    return deactivated.filter(~Exists(changes)).exclude(last_login__gte=before)
