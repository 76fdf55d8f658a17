"""Reads of mails; each says how many queries it takes."""

from dataclasses import dataclass
from datetime import datetime

from privacy_portal.ground.mail.models import Message, MessageQuerySet


def has_gone(key: str) -> bool:
    """Return whether the mail with this key was sent, as far as it is still known; 1 query."""
    return not Message.objects.filter(key=key, sent_at__isnull=True).exists()


def was_sent(key: str) -> bool:
    """Return whether the mail with this key was certainly sent: false for one that was deleted; 1 query."""
    return Message.objects.filter(key=key, sent_at__isnull=False).exists()


@dataclass(frozen=True, slots=True)
class UnsentMails:
    """How many mails could not be sent, and how many wait too long."""

    failed: int
    overdue: int

    def __bool__(self) -> bool:
        return bool(self.failed or self.overdue)


def unsent() -> MessageQuerySet:
    """Mail that wait or could not be sent, oldest first; 1 query."""
    messages: MessageQuerySet = Message.objects.filter(sent_at__isnull=True)
    return messages.order_by("written_at", "pk")


def unsent_mails(at: datetime) -> UnsentMails:
    """Return what an officer should know of mails; 2 queries."""
    return UnsentMails(Message.objects.failed().count(), Message.objects.overdue(at).count())
