"""How the last check of the whole log ended."""

from sharing.models import LogCheck


def last_check() -> LogCheck | None:
    """Return the last check of the log that has ended; 1 query."""
    return LogCheck.objects.first()
