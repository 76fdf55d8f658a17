"""Mails that wait, were sent, or could not be sent."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q


class MessageQuerySet(models.QuerySet["Message"]):
    """Mails by what became of them."""

    def unsent(self) -> "MessageQuerySet":
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)

    def failed(self) -> "MessageQuerySet":
        return self.filter(failed_at__isnull=False)

    def overdue(self, at: datetime) -> "MessageQuerySet":
        """Return those that wait longer than a running worker would let them."""
        return self.unsent().filter(written_at__lt=at - timedelta(minutes=15))


class Message(models.Model):
    """One mail to one address.

    `key` says what it tells to whom: nobody is told the same twice. The words, which may
    hold a link that only the reader should have, are emptied once they are sent.
    """

    key = models.CharField(max_length=300, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    text = models.TextField()
    unsubscribe = models.URLField(max_length=500, blank=True)
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    why = models.CharField("why it failed", max_length=500, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True, text=""),
                name="message_sent_is_emptied",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False) | ~Q(text=""), name="message_has_words"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The start page of officers and the page of mails that did not go.
            models.Index(
                fields=["written_at"], condition=Q(sent_at__isnull=True), name="message_unsent"
            ),
        ]

    def __str__(self) -> str:
        return self.key
