"""Counting attempts in the database, so that every process counts the same."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from privacy_portal.limits.models import Attempt

_CLASS = 0x5051
KEPT = timedelta(days=1)


def attempt(kind: str, who: str, *, most: int, within: timedelta, at: datetime) -> bool:
    """Counts one more attempt, unless `most` were made within the span before; whether it counts.

    Two at the same moment are counted one after the other. `within` is at most a day.
    """
    hashed = salted_hmac("privacy_portal.limits", who, algorithm="sha256").hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CLASS, f"{kind} {hashed}"]
            )
        made = Attempt.objects.filter(kind=kind, who=hashed, at__gt=at - within).count()
        if made >= most:
            return False
        Attempt.objects.create(kind=kind, who=hashed, at=at)
    return True


def forget(*, at: datetime) -> None:
    """Deletes what no limit looks at any more."""
    Attempt.objects.filter(at__lt=at - KEPT).delete()


def client_of(request: HttpRequest) -> str:
    """The address a request comes from: the proxy's word where it is trusted, else the peer."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY_HEADERS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
