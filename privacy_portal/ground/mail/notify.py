"""Mails by GOV.UK Notify, where NOTIFY_API_KEY is set.

Its one template has the subject `((subject))` and the text `((body))`.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient


class NotifyError(OSError):
    """Notify did not take a mail; says what it answered."""


class EmailBackend(BaseEmailBackend):
    """Hands mails to Notify. Raises NotifyError for the first that it does not take."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        client = NotificationsAPIClient(
            settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_URL, timeout=settings.EMAIL_TIMEOUT
        )
        for message in email_messages:
            words = {"subject": message.subject, "body": str(message.body)}
            unsubscribe = message.extra_headers.get("List-Unsubscribe", "").strip("<>") or None
            for to in message.to:
                try:
                    client.send_email_notification(
                        to,
                        settings.NOTIFY_TEMPLATE_ID,
                        personalisation=words,
                        one_click_unsubscribe_url=unsubscribe,
                    )
                except APIError as error:
                    raise NotifyError(f"GOV.UK Notify answered: {error}") from error
        return len(email_messages)
