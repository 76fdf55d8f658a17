"""What Django and its libraries mail, such as a link for a forgotten password, waits like the rest."""

from collections.abc import Sequence
from uuid import uuid4

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from privacy_portal.ground import days
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.mail.writing import store


class EmailBackend(BaseEmailBackend):
    """Stores each mail with the job that sends it. Raises ValueError for one with attachments."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if any(message.attachments for message in email_messages):
            raise ValueError("A mail that waits to be sent has no attachments.")
        with transaction.atomic():
            store(
                Message(
                    key=f"other/{uuid4()}",
                    to=to,
                    subject=str(message.subject),
                    text=str(message.body),
                    written_at=days.now(),
                )
                for message in email_messages
                for to in message.recipients()
            )
        return len(email_messages)
