"""Questions about disclosures between the officer who shared and another who looks at it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from privacy_portal.ground.log.erasable import Erasable
from sharing.models.disclosures import Disclosure


class DisclosureQuestion(Erasable):
    """A question about a disclosure. It is open until it is answered, and until then nobody signs off."""

    blanks: ClassVar[dict[str, object]] = {"words": ""}

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="questions")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.CharField(max_length=1000)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(erased=True) | ~Q(words=""), name="question_asks")
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class DisclosureAnswer(Erasable):
    """The answer to a question about a disclosure; each has one."""

    blanks: ClassVar[dict[str, object]] = {"words": ""}

    question = models.OneToOneField(DisclosureQuestion, models.PROTECT, related_name="answer")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.CharField(max_length=1000)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(erased=True) | ~Q(words=""), name="answer_says")
        ]

    def __str__(self) -> str:
        return f"answer to question {self.question_id}"
