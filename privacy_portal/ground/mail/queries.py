"""Read stored emails; each function says how many queries it takes."""

from datetime import datetime

from privacy_portal.ground.mail.models import Message, MessageQuerySet


def has_gone(key: str) -> bool:
    """Return whether no email with this key is waiting any more; 1 query."""
    return not Message.objects.filter(key=key, sent_at__isnull=True).exists()


def was_sent(key: str) -> bool:
    """Return whether an email with this key was sent and is still stored; 1 query."""
    return Message.objects.filter(key=key, sent_at__isnull=False).exists()


def has_failed(beginning: str) -> bool:
    """Return whether the last email whose key begins so could not be sent; 1 query."""
    last = Message.objects.filter(key__startswith=beginning).order_by("written_at", "pk").last()
    return last is not None and last.failed_at is not None


def unsent() -> MessageQuerySet:
    """Return emails that are waiting or could not be sent, oldest first; 1 query."""
    return Message.objects.filter(sent_at__isnull=True).order_by("written_at", "pk")


def unsent_totals(at: datetime) -> dict[str, int]:
    """Count the emails that `failed`, and those that are `overdue`; 2 queries."""
    failed, overdue = Message.objects.failed(), Message.objects.overdue(at)
    return {"failed": failed.count(), "overdue": overdue.count()}
