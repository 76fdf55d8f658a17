"""Reads of mails; each says how many queries it takes."""

from dataclasses import dataclass
from datetime import datetime

from privacy_portal.mail.models import Message, MessageQuerySet


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many mails could not be sent, and how many wait too long."""

    failed: int
    overdue: int

    def __bool__(self) -> bool:
        return bool(self.failed or self.overdue)


def unsent() -> MessageQuerySet:
    """Mails that wait or could not be sent, oldest first; 1 query."""
    found: MessageQuerySet = Message.objects.filter(sent_at__isnull=True)
    return found.order_by("written_at", "pk")


def trouble(at: datetime) -> Trouble:
    """What an officer should know of mails; 2 queries."""
    return Trouble(Message.objects.failed().count(), Message.objects.overdue(at).count())
