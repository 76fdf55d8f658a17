"""Filters that people keep for themselves: a few each, seen by nobody else."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.locks import Row, take_one
from sharing.models import SavedFilter

MOST = 20
MOST_NAME = 60
MOST_QUERY = 1000


def saved_filters(user: User) -> QuerySet[SavedFilter]:
    """Return somebody's own filters, by name; 1 query."""
    return SavedFilter.objects.filter(user=user)


def save_filter(*, name: str, query: str, by: User) -> SavedFilter:
    """Keep a filter under a name. Raises NotNowError where somebody has as many as they may, or one of the
    name already, or the filter is too long.

    It is not logged: it is about nobody, and nobody else sees it.
    """
    if len(query) > MOST_QUERY:
        raise NotNowError("This filter is too long to be saved.")
    with transaction.atomic():
        take_one(Row.SAVED_FILTERS, by.pk)
        if saved_filters(by).count() >= MOST:
            raise NotNowError(f"You have {MOST} saved filters. Delete one before you save another.")
        try:
            with transaction.atomic():
                return SavedFilter.objects.create(user=by, name=name, query=query)
        except IntegrityError as error:
            raise NotNowError(f"You already have a saved filter called “{name}”.") from error


def delete_filter(number: int, *, by: User) -> bool:
    """Delete one of somebody's own filters; return whether it was there."""
    deleted, _ = saved_filters(by).filter(pk=number).delete()
    return deleted > 0
