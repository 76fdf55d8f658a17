"""Emails when a notice changes: requested, confirmed by a link, ended by one click."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from notices.errors import LinkExpiredError
from notices.models import Notice, Subscriber, SubscriptionRequest
from notices.queries import controller
from privacy_portal.ground.codes import hash_of, new_token
from privacy_portal.ground.days import days_later
from privacy_portal.ground.limits.counting import attempt, mailbox
from privacy_portal.ground.mail.sending import forget_mails_to
from privacy_portal.ground.mail.writing import Letter, address, write

MAILS_A_DAY = 3
# How the keys of a subscription’s emails begin.
KEYS_OF_MAILS = ("subscribe/", "subscribed/", "notice-")


def ask(email: str, notices: Sequence[Notice], *, at: datetime) -> None:
    """Send the address the link that confirms the request, and nothing else.

    A subscriber to all of these notices is told so instead. The caller says the same to everyone, so
    nobody learns from it who subscribes. An address gets at most 3 such emails a day.
    """
    day = timedelta(days=1)
    if not attempt("subscribe-to", mailbox(email), most=MAILS_A_DAY, within=day, at=at):
        return
    with transaction.atomic():
        subscriber = Subscriber.objects.filter(email__iexact=email).first()
        keys = {notice.pk for notice in notices}
        if subscriber and keys <= set(subscriber.notices.values_list("pk", flat=True)):
            write([_already(subscriber, at)], at=at)
            return
        token = new_token()
        request = SubscriptionRequest.objects.create(
            token_hash=hash_of(token),
            email=email,
            asked_at=at,
            expires_at=days_later(at, settings.SUBSCRIBE_LINK_DAYS),
        )
        request.notices.set(keys)
        letter = Letter(
            key=f"subscribe/{request.pk}",
            to=email,
            template="notices/subscription-confirm",
            context={
                "council": _council(),
                "notices": notices,
                "link": address(reverse("subscribe-confirm", args=[token])),
                "days": settings.SUBSCRIBE_LINK_DAYS,
            },
        )
        write([letter], at=at)


def asked_by(token: str, *, at: datetime) -> SubscriptionRequest:
    """Return the request of a link, and change nothing. Raises LinkExpiredError."""
    request = SubscriptionRequest.objects.filter(token_hash=hash_of(token)).first()
    if request is None or request.expires_at <= at:
        raise LinkExpiredError
    return request


def confirm(token: str, *, at: datetime) -> Subscriber:
    """Start the emails; a second time changes nothing. Raises LinkExpiredError."""
    with transaction.atomic():
        locked = SubscriptionRequest.objects.select_for_update()
        request = locked.filter(token_hash=hash_of(token), expires_at__gt=at).first()
        if request is None:
            raise LinkExpiredError
        subscriber = Subscriber.objects.filter(email__iexact=request.email).first()
        if request.used_at is not None:
            if subscriber is None:  # unsubscribed since: an old link starts nothing again
                raise LinkExpiredError
            return subscriber
        subscriber = subscriber or _new_subscriber(request.email, at)
        subscriber.notices.add(*request.notices.all())
        request.used_at = at
        request.save(update_fields=["used_at"])
    return subscriber


def end(reference: UUID) -> bool:
    """End all emails of a subscriber, unsent ones too; tell whether there was one.

    Delete the address everywhere: with sent emails and with links.
    """
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update().filter(reference=reference).first()
        if subscriber is None:
            return False
        forget_mails_to(subscriber.email, KEYS_OF_MAILS)
        SubscriptionRequest.objects.filter(email__iexact=subscriber.email).delete()
        subscriber.delete()
    return True


def forget_requests(*, at: datetime) -> None:
    """Delete requests whose link has expired, and the address with them."""
    SubscriptionRequest.objects.filter(expires_at__lte=at).delete()


def unsubscribe_address(subscriber: Subscriber) -> str:
    """Return the address where one click ends the emails of a subscriber."""
    return address(reverse("subscribe-end", args=[subscriber.reference]))


def _new_subscriber(email: str, at: datetime) -> Subscriber:
    """Return a new subscriber, or the one that another link made at the same moment."""
    try:
        with transaction.atomic():
            return Subscriber.objects.create(email=email, confirmed_at=at)
    except IntegrityError:
        return Subscriber.objects.get(email__iexact=email)


def _already(subscriber: Subscriber, at: datetime) -> Letter:
    link = unsubscribe_address(subscriber)
    return Letter(
        key=f"subscribed/{subscriber.reference}/{at.isoformat()}",
        to=subscriber.email,
        template="notices/subscription-known",
        context={
            "council": _council(),
            "notices": list(subscriber.notices.all()),
            "end": link,
        },
        unsubscribe=link,
    )


def _council() -> str:
    council = controller()
    return council.name if council else "the council"
