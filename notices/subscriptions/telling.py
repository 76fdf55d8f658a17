"""Tell subscribers about a new version, or that a scheduled one was withdrawn."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.urls import reverse

from notices import queries
from notices.models import NoticeVersion, Subscriber, VersionStatus
from notices.subscriptions.subscribing import unsubscribe_address
from privacy_portal.ground.days import day_of
from privacy_portal.ground.mail.writing import Letter, address, write

BATCH = 1_000


class Event(StrEnum):
    """List the events that subscribers are told about."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


def tell(version_id: int, event: Event, *, at: datetime) -> int:
    """Write an email to every subscriber of the notice; return how many.

    A version that is no news (replaced by now, or withdrawn since) is told to nobody. Run twice, it
    tells nobody twice.
    """
    version = NoticeVersion.objects.select_related("notice", "publication").get(pk=version_id)
    if not _is_news(version, event, at):
        return 0
    sender = queries.signature()
    number, last = 0, 0
    while batch := list(
        Subscriber.objects.filter(notices=version.notice, pk__gt=last).order_by("pk")[:BATCH]
    ):
        with transaction.atomic():
            number += write(
                [_letter(reader, version, event, sender, at) for reader in batch], at=at
            )
        last = batch[-1].pk
    return number


def _is_news(version: NoticeVersion, event: Event, at: datetime) -> bool:
    if event is Event.WITHDRAWN:
        return version.status == VersionStatus.WITHDRAWN
    if version.status != VersionStatus.PUBLISHED or version.effective_from is None:
        return False
    today = day_of(at)
    current = queries.version_in_force(version.notice, today)
    return version.effective_from > today or (current is not None and current.pk == version.pk)


def _letter(
    subscriber: Subscriber,
    version: NoticeVersion,
    event: Event,
    sender: Mapping[str, object],
    at: datetime,
) -> Letter:
    slug, number = version.notice.slug, version.number
    end = unsubscribe_address(subscriber)
    context = {
        "title": version.publication.content["title"],
        "version": version,
        "waits": version.effective_from is not None and version.effective_from > day_of(at),
        "read": address(reverse("notice-version", args=[slug, number])),
        "notice": address(reverse("notice", args=[slug])),
        "versions": address(reverse("notice-versions", args=[slug])),
        "end": end,
        **sender,
    }
    return Letter(
        key=f"notice-{event}/{slug}/{number}/{subscriber.reference}",
        to=subscriber.email,
        template=f"notices/notice-{event}",
        context=context,
        unsubscribe=end,
    )
