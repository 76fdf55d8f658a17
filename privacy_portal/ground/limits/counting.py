"""Counting attempts in the database, so that every process counts the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from privacy_portal.ground.limits.models import Attempt

_CLASS = 0x5051
KEPT = timedelta(days=1)


def attempt(kind: str, who: str, *, most: int, within: timedelta, at: datetime) -> bool:
    """Count one more attempt, unless `most` were attempts within the span before; whether it counts.

    Two at the same moment are counted one after the other. `within` is at most a day.
    """
    with transaction.atomic():
        limit = counted_limit(kind, who, most=most, within=within, at=at)
        if limit.open:
            limit.count()
    return limit.open


@dataclass(frozen=True, slots=True)
class CountedLimit:
    """Hold a limit under lock until the transaction ends; `open` until `attempts` reach it."""

    kind: str
    who: str
    at: datetime
    attempts: int
    open: bool

    def count(self) -> None:
        """Count one more attempt or failure."""
        Attempt.objects.create(kind=self.kind, who=self.who, at=self.at)


def counted_limit(
    kind: str, who: str, *, most: int, within: timedelta, at: datetime
) -> CountedLimit:
    """Lock a limit; it is open while fewer than `most` attempts were counted within the span before.

    The span is at most a day. Belongs to a transaction: others that ask about the same limit wait
    until it ends. Callers that need two limits take them in the same order everywhere.
    """
    hashed = salted_hmac("privacy_portal.limits", who, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CLASS, f"{kind} {hashed}"]
        )
    attempts = Attempt.objects.filter(kind=kind, who=hashed, at__gt=at - within).count()
    return CountedLimit(kind, hashed, at, attempts, attempts < most)


def mailbox(email: str) -> str:
    """Return the mailbox of an address, for limits: `Vic+1@example.org` is `vic@example.org`."""
    name, at, host = email.lower().rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{host}"


def forget(*, at: datetime) -> None:
    """Delete what no limit looks at any more."""
    Attempt.objects.filter(at__lt=at - KEPT).delete()


def client_of(request: HttpRequest) -> str:
    """Return the address a request comes from: the proxy's word where it is trusted, else the peer."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.TRUST_PROXY_HEADERS else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
