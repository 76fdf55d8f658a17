"""Being told by e-mail when a notice changes: asked for, confirmed by a link, ended by one click."""

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
# How the keys of mails begin that a subscription causes.
TOLD_BY_SUBSCRIPTION = ("subscribe/", "subscribed/", "notice-")


def ask(email: str, notices: Sequence[Notice], *, at: datetime) -> None:
    """Sends the link that confirms it, and nothing else, to the address.

    Who already gets all of it is told so instead. The caller says the same to everyone, so
    nobody learns from it who subscribes. An address gets three such mails a day at most.
    """
    day = timedelta(days=1)
    if not attempt("subscribe-to", mailbox(email), most=MAILS_A_DAY, within=day, at=at):
        return
    with transaction.atomic():
        known = Subscriber.objects.filter(email__iexact=email).first()
        wanted = {notice.pk for notice in notices}
        if known and wanted <= set(known.notices.values_list("pk", flat=True)):
            write([_already(known, at)], at=at)
            return
        token = new_token()
        request = SubscriptionRequest.objects.create(
            token_hash=hash_of(token),
            email=email,
            asked_at=at,
            expires_at=days_later(at, settings.SUBSCRIBE_LINK_DAYS),
        )
        request.notices.set(wanted)
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
    """What a link stands for; looking changes nothing. Raises LinkExpiredError."""
    request = SubscriptionRequest.objects.filter(token_hash=hash_of(token)).first()
    if request is None or request.expires_at <= at:
        raise LinkExpiredError
    return request


def confirm(token: str, *, at: datetime) -> Subscriber:
    """Begins the mails; a second time changes nothing. Raises LinkExpiredError."""
    with transaction.atomic():
        locked = SubscriptionRequest.objects.select_for_update()
        request = locked.filter(token_hash=hash_of(token), expires_at__gt=at).first()
        if request is None:
            raise LinkExpiredError
        known = Subscriber.objects.filter(email__iexact=request.email).first()
        if request.used_at is not None:
            if known is None:  # ended meanwhile: an old link begins nothing again
                raise LinkExpiredError
            return known
        subscriber = known or _new_subscriber(request.email, at)
        subscriber.notices.add(*request.notices.all())
        request.used_at = at
        request.save(update_fields=["used_at"])
    return subscriber


def end(reference: UUID) -> bool:
    """Ends all mails of a subscriber, also those that wait; whether there was one.

    The address is forgotten everywhere: with mails that were sent, and with links.
    """
    with transaction.atomic():
        found = Subscriber.objects.select_for_update().filter(reference=reference).first()
        if found is None:
            return False
        forget_mails_to(found.email, TOLD_BY_SUBSCRIPTION)
        SubscriptionRequest.objects.filter(email__iexact=found.email).delete()
        found.delete()
    return True


def forget_requests(*, at: datetime) -> None:
    """Deletes requests whose link is expired, and with them the address."""
    SubscriptionRequest.objects.filter(expires_at__lte=at).delete()


def unsubscribe_address(subscriber: Subscriber) -> str:
    """Where one click ends the mails of a subscriber."""
    return address(reverse("subscribe-end", args=[subscriber.reference]))


def _new_subscriber(email: str, at: datetime) -> Subscriber:
    """The address as a subscriber, even if another link of it is confirmed at this moment."""
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
    found = controller()
    return found.name if found else "The council"
