"""How the last check of the whole log ended."""

from django.db.models import QuerySet

from sharing.models import LogCheck


def last_check() -> LogCheck | None:
    """Return the last check of the log that has ended; 1 query."""
    return LogCheck.objects.first()


def failed_check() -> QuerySet[LogCheck]:
    """Load the last check of the log that has ended where it found something wrong; nothing otherwise."""
    newest = LogCheck.objects.order_by("-pk").values("pk")[:1]
    return LogCheck.objects.filter(pk__in=newest).exclude(why="")
