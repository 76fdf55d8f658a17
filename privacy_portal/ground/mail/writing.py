"""Writing mails: stored, with the job that sends them, in the transaction of their cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.template import loader

from privacy_portal.ground.jobs import defer
from privacy_portal.ground.mail.models import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be written: `templates/mail/<template>.txt` with this context.

    The template's first line is the subject. `key` says what is told to whom.
    `unsubscribe` is the address that ends such mails by one click (RFC 8058).
    """

    key: str
    to: str
    template: str
    context: Mapping[str, object] = field(default_factory=dict)
    unsubscribe: str = ""


def write(letters: Iterable[Letter], *, at: datetime) -> int:
    """Store mails and the jobs that send them; return how many are new.

    One whose key is known is left out. Raises TransactionManagementError outside a
    transaction: a mail is neither lost, nor sent for a change that was rolled back.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A mail belongs to its cause's transaction.")
    by_key = {letter.key: letter for letter in letters}
    stored = set(Message.objects.filter(key__in=list(by_key)).values_list("key", flat=True))
    return store(_message(letter, at) for key, letter in by_key.items() if key not in stored)


def store(messages: Iterable[Message]) -> int:
    """Store mails as they are, and the jobs that send them; return how many."""
    stored = Message.objects.bulk_create(messages, batch_size=1_000)
    if stored:
        _enqueue(stored)
    return len(stored)


def try_again(*, at: datetime) -> int:
    """Send again what failed or has been waiting for too long; return how many."""
    with transaction.atomic():
        stuck = Message.objects.failed() | Message.objects.overdue(at)
        again = list(stuck.select_for_update(skip_locked=True))  # one being sent is left to it
        Message.objects.filter(pk__in=[message.pk for message in again]).update(
            failed_at=None, why=""
        )
        if again:
            _enqueue(again)
    return len(again)


def address(path: str) -> str:
    """Return the full address of a path of the portal, for mails: never taken from a request."""
    return urljoin(str(settings.PORTAL_ADDRESS), path)


def _enqueue(messages: Iterable[Message]) -> None:
    defer("mail.send", *({"message": message.pk} for message in messages))


def _message(letter: Letter, at: datetime) -> Message:
    words = loader.render_to_string(f"mail/{letter.template}.txt", dict(letter.context)).strip()
    subject, _, text = words.partition("\n")
    return Message(
        key=letter.key,
        to=letter.to,
        subject=" ".join(subject.split()),
        text=f"{text.strip()}\n",
        unsubscribe=letter.unsubscribe,
        written_at=at,
    )
