"""Disclosures and refusals, and what becomes of them afterwards. Rows are only ever added."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from consent.models import Decision
from notices.models import Purpose, Recipient
from privacy_portal.ground.days import day_of, end_of
from privacy_portal.ground.log.erasable import Erasable
from sharing.models.agreements import AgreementVersion
from sharing.rules import Outcome


class Disclosure(Erasable):
    """What was handed over, received or refused: rows are only ever added.

    `entry` is its number in the log. `columns` are those of the decision; `item_sets` the
    sets of items that lines refer to by place: 0 all that was permitted, 1 the basic ones.
    Counts are of rows; `lines_root` is the Merkle root over the lines. `requested_on` is the day
    of the recipient's request, `destroy_by` the day by which it must destroy what it got (R1).
    `submission` is of the form by which an officer recorded it, the same however often it is sent.
    `reveals` are the log entries of earlier files that tell, together with this one, who opted out: the
    second officer approved that (D).
    `request_decision` is what stands behind it where no agreement does (Q1).
    """

    blanks: ClassVar[dict[str, object]] = {"note": "", "request_reference": ""}
    logged_also = ("columns",)

    class Origin(models.TextChoices):
        RELEASE = "release", "Extract"
        STATISTICS = "statistics", "Statistics"
        SCHEDULED = "scheduled", "From pupil records"
        AMENDMENT = "amendment", "Changes since"
        REQUEST = "request", "On a request for data"
        AFTER_THE_FACT = "after-the-fact", "Recorded afterwards"
        RECEIVED = "received", "Received"

    class Direction(models.TextChoices):
        SENT = "sent", "Shared"
        RECEIVED = "received", "Received"

    class Means(models.TextChoices):
        DOWNLOAD = "download", "File sent by a council officer"
        ZIP = "zip", "Encrypted ZIP file"
        AGE = "age", "File encrypted with age"
        PHONE = "phone", "Phone"
        LETTER = "letter", "Letter"
        EMAIL = "email", "Email"
        IN_PERSON = "in-person", "In person"

    entry = models.BigIntegerField(unique=True)
    agreement_reference = models.CharField(max_length=50)
    agreement_version = models.ForeignKey(
        AgreementVersion, models.PROTECT, null=True, related_name="disclosures"
    )
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="disclosures")
    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="disclosures")
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disclosures")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    notice = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=10)
    reasons = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    item_sets = models.JSONField(default=list)
    request_reference = models.CharField(max_length=200, blank=True)
    rows_total = models.PositiveIntegerField(null=True)
    rows_released = models.PositiveIntegerField(null=True)
    rows_reduced = models.PositiveIntegerField(null=True)
    rows_withheld = models.PositiveIntegerField(null=True)
    lines_root = models.BinaryField()
    origin = models.CharField(
        max_length=20, choices=Origin.choices, default="release", db_default="release"
    )
    direction = models.CharField(
        max_length=10, choices=Direction.choices, default="sent", db_default="sent"
    )
    means = models.CharField(
        max_length=20, choices=Means.choices, default="download", db_default="download"
    )
    requested_on = models.DateField(null=True)
    destroy_by = models.DateField(null=True)
    out_of_line = models.BooleanField(default=False, db_default=False)
    overridden = models.BooleanField(default=False, db_default=False)
    note = models.CharField(max_length=1000, blank=True, default="", db_default="")
    submission = models.UUIDField(null=True)
    file_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    # Its index is made while others write: see the migrations.
    request_decision = models.ForeignKey(
        "RequestDecision", models.PROTECT, null=True, related_name="disclosures", db_index=False
    )
    # Of the sample: whether special categories were shared, and of how many others one was drawn then. What
    # was logged before there were these columns has their defaults.
    special_category = models.BooleanField(default=False, db_default=False)
    one_in = models.PositiveSmallIntegerField(default=10, db_default=10)
    # Of the pupils that went, by URN; none in what was logged before there was this column.
    schools = ArrayField(
        models.CharField(max_length=6),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=6))),
    )

    reveals = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=Value([], ArrayField(models.BigIntegerField())),
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-entry"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["request_decision"],
                condition=Q(request_decision__isnull=False),
                name="disclosure_by_request",
            ),
            # What the log is filtered by, each in the order in which it is read.
            models.Index(fields=["recipient", "entry"], name="disclosure_by_recipient"),
            models.Index(fields=["agreement_reference", "entry"], name="disclosure_by_agreement"),
            models.Index(fields=["purpose", "entry"], name="disclosure_by_purpose"),
            models.Index(fields=["by", "entry"], name="disclosure_by_officer"),
            models.Index(fields=["at"], name="disclosure_by_time"),
            models.Index(fields=["on", "entry"], name="disclosure_by_day"),
            models.Index(F("outcome"), F("entry") * -1, name="disclosure_by_outcome"),
            models.Index(
                Coalesce(F("rows_total"), Value(0)), F("entry"), name="disclosure_by_rows"
            ),
            GinIndex(fields=["schools"], name="disclosure_by_school"),
            # What is rare, each in the order of the log.
            models.Index(
                fields=["entry"], condition=Q(out_of_line=True), name="disclosure_not_allowed"
            ),
            models.Index(
                fields=["entry"], condition=Q(direction="received"), name="disclosure_received"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reveals=[]) | Q(approved_by__isnull=False),
                name="disclosure_that_reveals_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[Outcome.RELEASED, Outcome.REDUCED, Outcome.REFUSED]),
                name="disclosure_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.REFUSED)
                | Q(agreement_version__isnull=False, recipient__isnull=False, purpose__isnull=False)
                | Q(request_decision__isnull=False, agreement_version__isnull=True),
                name="disclosure_under_an_agreement",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("by")),
                name="disclosure_never_approved_by_its_officer",
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(submission__isnull=False),
                name="disclosure_sent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"disclosure {self.entry}"

    @property
    def recorded_later(self) -> bool:
        """Return whether it was put in the log on a later day than it was shared or received on."""
        return self.origin == self.Origin.AFTER_THE_FACT and self.on != day_of(self.at)

    @property
    def organisation(self) -> str:
        """Return the name of the organisation that it went to or came from; empty if it is not known."""
        if self.recipient:
            return self.recipient.name
        return self.request_decision.details.organisation if self.request_decision else ""

    @property
    def why(self) -> str:
        """Return what it was shared for; empty if that is not known."""
        if self.purpose:
            return self.purpose.label
        return self.request_decision.details.why if self.request_decision else ""

    @property
    def unlocated(self) -> bool:
        """Return whether rows are among it that leave out where a protected pupil is (P3): they have sets
        of items of their own."""
        return self.request_decision_id is None and len(self.item_sets) > 2

    @property
    def decided_row_by_row(self) -> bool:
        """Return whether the rules decided on each of its rows by itself: not so for statistics, for what
        was received, and on requests for data, where officers decide for each pupil."""
        apart = (Disclosure.Origin.STATISTICS, Disclosure.Origin.RECEIVED)
        return self.request_decision_id is None and self.origin not in apart

    @property
    def left_at(self) -> datetime:
        """Return when it left, by the clock of the server that logged it. Of what was recorded
        afterwards only the day is known."""
        if self.origin != Disclosure.Origin.AFTER_THE_FACT:
            return self.at
        return min(self.at, end_of(self.on))


class Undone(models.Model):
    """A disclosure of which nothing left: it was logged and then did not happen."""

    logged_texts = ()
    logged_also = ("why",)

    disclosure = models.OneToOneField(Disclosure, models.PROTECT, related_name="undone")
    at = models.DateTimeField()
    why = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"undone {self.disclosure_id}"


class SignOff(Erasable):
    """An officer other than the one who handed over has looked at a disclosure."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    disclosure = models.OneToOneField(Disclosure, models.PROTECT, related_name="sign_off")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"sign-off of {self.disclosure_id}"


class KeepingStep(Erasable):
    """A step towards the destruction of data by its recipient (R1): `on` is the day it happened."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}
    logged_also = ("on", "file", "sha256")

    class Kind(models.TextChoices):
        REMINDED = "reminded", "Reminder sent"
        DESTROYED = "destroyed", "Organisation confirmed deletion"

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="keeping_steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500)
    file = models.UUIDField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["reminded", "destroyed"]), name="keeping_step_known"
            ),
            models.UniqueConstraint(
                fields=["disclosure"], condition=Q(kind="destroyed"), name="destroyed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class DisclosureLine(models.Model):
    """One row of a disclosure: which pupil, which set of items, which outcome.

    `person` is the pupil's random reference (None where no pupil was found), `outcome` and
    `reason` are places in the lists of `sharing.disclosures.lines`. Written with COPY, never changed.
    """

    pk = models.CompositePrimaryKey("disclosure_id", "row")
    # No foreign key in the database: checking it row by row doubles the time of the COPY,
    # and `log verify` proves more, that exactly these lines are those of the disclosure.
    disclosure = models.ForeignKey(
        Disclosure, models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField()
    person = models.UUIDField(null=True)
    item_set = models.PositiveSmallIntegerField(null=True)
    outcome = models.PositiveSmallIntegerField()
    reason = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # What they cut or kept back, on a pupil's page: few lines, so COPY stays quick.
            # From 7 on, reasons in `sharing.disclosures.lines.REASONS` are opt-outs and objections.
            models.Index(fields=["person"], condition=Q(reason__gte=7), name="line_kept_back"),
            # Those that opt-outs and objections cut, of one disclosure, for comparing two files.
            models.Index(
                fields=["disclosure", "row"], condition=Q(reason__in=[7, 8]), name="line_cut"
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.row}"


class Recall(models.Model):
    """A disclosure made although an opt-out had been received: `late` (C8).

    The portal learnt of the decision only after the hand-over. Tracked by its steps until the
    recipient confirms that it has deleted what was too much.
    """

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="recalls")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="recalls")
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "decision"], name="recall_once")
        ]

    def __str__(self) -> str:
        return f"recall {self.pk}"

    @property
    def clocks_may_differ(self) -> bool:
        """Return whether it left before the decision was received by the clocks, so that it is late
        only because servers' clocks may differ (H2a)."""
        return self.disclosure.left_at < self.decision.received_at


class RecallStep(Erasable):
    """A step of a recall: `on` is the day it happened, `note` how and to or from whom. `by` is None where
    the recipient confirmed it by the link of an amendment."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    class Kind(models.TextChoices):
        SENT = "sent", "Letter sent"
        REMINDED = "reminded", "Reminder sent"
        CONFIRMED = "confirmed", "Organisation confirmed deletion"

    recall = models.ForeignKey(Recall, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["sent", "reminded", "confirmed"]), name="recall_step_known"
            ),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(note=""), name="recall_step_says_how"
            ),
            models.UniqueConstraint(
                fields=["recall"], condition=Q(kind="confirmed"), name="recall_confirmed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind
