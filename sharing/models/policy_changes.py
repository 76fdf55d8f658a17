"""Changes to the policy that one officer drafts and another puts in force, and the answers to them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class PolicyChange(models.Model):
    """A change to one thing of the policy, named by its kind and code, as an officer drafted it.

    `wanted` holds its values as the policy file has them, or nothing where it is to be taken away;
    `before` those that it had when this was drafted, or nothing where it is new. Rows are only ever added.
    """

    logged_texts = ("reason",)

    class Kind(models.TextChoices):
        COUNCIL = "council", "Council details"
        ORGANISATION = "organisations", "Organisation"
        ITEM = "information", "Information"
        PURPOSE = "purposes", "Purpose"
        SCHEME = "opt-outs", "Opt-out"
        NOTICE = "notices", "Privacy notice"
        SCHOOL = "schools", "School"
        NUMBERS = "numbers", "Keeping times and deadlines"
        LETTERS = "letters", "Texts of letters"
        ASSURANCE = "certificates", "Registration or certificate"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    code = models.CharField(max_length=200)
    wanted = models.JSONField(null=True)
    before = models.JSONField(null=True)
    reason = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            # The history of one thing, and whether a draft about it is open.
            models.Index(fields=["kind", "code", "-id"], name="policy_changes_of_one"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "council", "organisations", "information", "purposes", "opt-outs", "notices",
                        "schools", "numbers", "letters", "certificates",
                    ]
                ),
                name="policy_change_kind_known",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(code=""), name="policy_change_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(wanted__isnull=False) | Q(before__isnull=False),
                name="policy_change_changes_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"policy change {self.pk}"


class PolicyAnswer(models.Model):
    """What became of a drafted change; a change without an answer is open. Rows are only ever added.

    Whoever puts it in force is an approving officer and did not draft it: a trigger prevents others.
    """

    logged_texts = ("note",)

    class Kind(models.TextChoices):
        IN_FORCE = "in-force", "Put in force"
        SENT_BACK = "sent-back", "Sent back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    change = models.OneToOneField(PolicyChange, models.PROTECT, related_name="answer")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["in-force", "sent-back", "withdrawn"]),
                name="policy_answer_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind="sent-back") | ~Q(note=""), name="policy_sent_back_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of policy change {self.change_id}"
