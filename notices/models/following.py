"""People who asked to be told by e-mail when a notice changes."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from notices.models.versions import Notice


class Subscriber(models.Model):
    """An address whose owner confirmed that they want mails. Ending it deletes the row.

    `reference` is in each mail: whoever has it can end the mails, and nothing else.
    """

    email = models.EmailField()
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    confirmed_at = models.DateTimeField()
    notices = models.ManyToManyField(Notice, related_name="subscribers")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="subscriber_email_any_case"),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class SubscriptionRequest(models.Model):
    """Somebody typed this address in; nothing is sent to it but the link that confirms it.

    Only a hash of the link's token is stored. A request is deleted once it is expired.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    notices = models.ManyToManyField(Notice, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 - a field
                name="subscription_token_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"request {self.pk}"
