"""Pupils who must not be found, and pupils who have died (docs/rulebook.md, P).

Rows are only ever added. What holds now of a pupil is `Pupil.protected` and `Pupil.died_on`, which
triggers keep true to these rows, also for records that are or may be of the same child.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from consent.models.decisions import Decision
from consent.models.people import Pupil
from privacy_portal.ground.log.erasable import Erasable


class ProtectionReason(models.TextChoices):
    """Why a pupil is protected (P1)."""

    SAFE_ADDRESS = "safe-address", "Lives at a safe address"
    ADOPTION = "adoption", "Adoption"
    WITNESS = "witness", "Witness or victim of a crime"
    COURT_ORDER = "court-order", "Court order"
    OTHER = "other", "Another reason"


class Source(models.TextChoices):
    """Who said that a pupil is protected, or has died (P1)."""

    OFFICER = "officer", "Council officer"
    SCHOOL = "school", "School"
    ROLL = "roll", "File of pupils"
    REQUEST = "request", "Request"


class ProtectionQuerySet(models.QuerySet["Protection"]):
    """Protections, filtered by whether they last."""

    def in_force(self) -> "ProtectionQuerySet":
        """Return the protections that no two officers have ended."""
        return self.exclude(endings__ending__answer__agrees=True)


class Protection(models.Model):
    """A pupil who must not be found is protected, from `since` on (None: from a day nobody knows).

    It lasts until two officers end it (`EndingAnswer`).
    """

    logged_texts = ()
    logged_also = ("reason",)

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="protections")
    since = models.DateField(null=True)
    reason = models.CharField(max_length=20, choices=ProtectionReason.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ProtectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=ProtectionReason.values), name="protection_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="protection_source_known"
            ),
        ]

    def __str__(self) -> str:
        return f"protection of pupil {self.pupil_id}"


class Ending(Erasable):
    """An officer's proposal to end the protection of a pupil: that of `ended`, and no later one."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    logged_also = ("protections",)

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="endings")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="ending_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"ending of the protection of pupil {self.pupil_id}"

    @property
    def protections(self) -> list[int]:
        """Return the ids of the protections that it would end, in their order; 1 query."""
        return sorted(self.ended.values_list("protection", flat=True))


class EndedProtection(models.Model):
    """A protection that a proposal would end."""

    ending = models.ForeignKey(Ending, models.PROTECT, related_name="ended")
    protection = models.ForeignKey(Protection, models.PROTECT, related_name="endings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ending", "protection"], name="ended_protection_once")
        ]

    def __str__(self) -> str:
        return f"protection {self.protection_id}, ending {self.ending_id}"


class EndingAnswer(Erasable):
    """A second officer's answer to a proposal to end protection. Who agrees is never who proposed
    it, and both are officers: a trigger prevents others."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    ending = models.OneToOneField(Ending, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | Q(agrees=True) | ~Q(note=""),
                name="ending_refused_has_reason",
            )
        ]

    def __str__(self) -> str:
        return "agreed" if self.agrees else "refused"


class Death(models.Model):
    """A pupil who has died, and on which day (P1). The latest row that is not withdrawn holds."""

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="deaths")
    died_on = models.DateField()
    source = models.CharField(max_length=10, choices=Source.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="death_source_known")
        ]

    def __str__(self) -> str:
        return f"death of pupil {self.pupil_id}"


class DeathWithdrawn(Erasable):
    """A death that was recorded by mistake, with the reason."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    death = models.OneToOneField(Death, models.PROTECT, related_name="withdrawn")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="death_withdrawn_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"death {self.death_id} withdrawn"


class ProtectedLook(Erasable):
    """An officer's look at where a protected pupil lives, and why (P2)."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="protected_look_has_reason"
            )
        ]

    def __str__(self) -> str:
        return f"look at protected pupil {self.pupil_id}"


class Meeting(models.Model):
    """An officer met whoever opted in about a protected pupil in person (P4)."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="meeting")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"meeting about decision {self.decision_id}"


class PupilNews(models.Model):
    """What staff should hear of a pupil: protected now, died, or moved since the last letter (P8)."""

    class Kind(models.TextChoices):
        PROTECTED = "protected", "Newly protected"
        DIED = "died", "Died"
        ADDRESS = "address", "Address changed since the last letter"

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="news")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "kind"], condition=Q(seen_at=None), name="pupil_news_open_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["protected", "died", "address"]), name="pupil_news_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="pupil_news_seen_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"news of pupil {self.pupil_id}: {self.kind}"
