"""Far more of something than usual, for officers to know: seen by a job, never by who sends."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from privacy_portal.ground.limits.models import Alarm, Attempt
from privacy_portal.ground.monitor.lines import Category, tell

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = timedelta(days=30)
# What is counted about each kind of thing: one internet address in an hour, one child in a day.
FROM_ONE_PLACE = {
    "opt-out-from": "opt-out or objection forms",
    "report-from": "corrections and complaints",
    "subscribe-from": "requests for emails about privacy notices",
}
ABOUT_A_CHILD = "opt-out-about"
WRONG = {
    "code-from": "wrong codes of letters",
    "opt-out-status-from": "wrong reference numbers",
}


def raise_alarms(*, at: datetime) -> list[Alarm]:
    """Store an alarm for whatever is far beyond the usual, once a day each, and tell a monitor; return the
    new ones."""
    with transaction.atomic():
        recent_pairs = set(Alarm.objects.filter(at__gt=at - DAY).values_list("kind", "who"))
        new = [alarm for alarm in _beyond(at) if (alarm.kind, alarm.who) not in recent_pairs]
        alarms = list(Alarm.objects.bulk_create(new))
    for alarm in alarms:
        tell(
            "alarm-raised", Category.LIMIT, kind=alarm.kind, who=alarm.who[:16], number=alarm.number
        )
    return alarms


def recent(at: datetime) -> QuerySet[Alarm]:
    """Return the alarms of the last day, newest first; 1 query."""
    return Alarm.objects.filter(at__gt=at - DAY).order_by("-at", "-pk")


def sentence(alarm: Alarm) -> str:
    """Return what an officer is told."""
    if alarm.kind == ABOUT_A_CHILD:
        return f"{alarm.number:,} opt-out or objection forms about the same child came in one day."
    what = FROM_ONE_PLACE.get(alarm.kind) or WRONG[alarm.kind]
    place = "one internet address" if alarm.who else "all internet addresses together"
    return f"{alarm.number:,} {what} came from {place} in one hour."


def forget(*, at: datetime) -> None:
    """Delete alarms of long ago."""
    Alarm.objects.filter(at__lt=at - KEPT).delete()


def _beyond(at: datetime) -> Iterator[Alarm]:
    lately = Attempt.objects.filter(at__gt=at - HOUR, at__lte=at)
    places = lately.filter(kind__in=FROM_ONE_PLACE)
    limits = {
        **dict.fromkeys(FROM_ONE_PLACE, settings.FORMS_ALARM),
        **dict.fromkeys(WRONG, settings.WRONG_GUESSES_AN_HOUR),
    }
    counted = lately.filter(kind__in=limits).values_list("kind", "who")
    for kind, who, number in counted.annotate(number=Count("pk")):
        if number >= limits[kind]:
            yield Alarm(kind=kind, who=who, number=number, at=at)
    for kind, number in places.values_list("kind").annotate(number=Count("pk")):
        if number >= settings.FORMS_ALARM_ALL:
            yield Alarm(kind=kind, who="", number=number, at=at)
    today = Attempt.objects.filter(kind=ABOUT_A_CHILD, at__gt=at - DAY, at__lte=at)
    children = today.values_list("who").annotate(number=Count("pk"))
    for who, number in children.filter(number__gte=settings.LINKS_AT_ONCE_A_CHILD):
        yield Alarm(kind=ABOUT_A_CHILD, who=who, number=number, at=at)
