"""Sending a stored mail, and what becomes of it."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.models import Message


def deliver(message_id: int, *, at: datetime) -> None:
    """Hand an email to the mail server and empty its words; leave one already sent alone.

    The row is locked meanwhile, so two workers do not send it twice. Raises what the mail server's
    client raises; the email then goes on waiting.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().filter(pk=message_id).first()
        if message is None or message.sent_at is not None:
            return
        headers = {"Auto-Submitted": "auto-generated"}
        if message.unsubscribe:
            headers["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        EmailMessage(
            message.subject,
            message.text,
            to=[message.to],
            headers=headers,
            connection=get_connection(settings.SENDING_BACKEND),
        ).send()
        message.sent_at, message.failed_at, message.why, message.text = at, None, "", ""
        message.save(update_fields=["sent_at", "failed_at", "why", "text"])


def give_up(message_id: int, *, why: str, at: datetime) -> None:
    """Mark a mail that could not be sent, for officers to see; its words are kept."""
    Message.objects.filter(pk=message_id, sent_at__isnull=True).update(failed_at=at, why=why[:500])


def discard(message_id: int, *, by: User, at: datetime) -> bool:
    """Delete a mail that could not be sent, logged by its key; whether there was such a one."""
    with transaction.atomic():
        failed = Message.objects.failed().select_for_update().filter(pk=message_id).first()
        if failed is None:
            return False
        failed.delete()
        log.record("mail-discarded", at=at, by=by, mail=failed.key)
    return True


def forget(*, before: datetime) -> int:
    """Delete mails that were sent, or failed for good, before an instant; return how many."""
    over = Message.objects.filter(Q(sent_at__lt=before) | Q(failed_at__lt=before))
    deleted, _ = over.delete()
    return deleted


def forget_mails_to(to: str, keys: Iterable[str]) -> None:
    """Delete mails to an address whose key begins so; those that wait are not sent."""
    begins = Q()
    for key in keys:
        begins |= Q(key__startswith=key)
    Message.objects.filter(begins, to__iexact=to).delete()
