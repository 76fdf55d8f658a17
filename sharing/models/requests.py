"""Requests for data that no agreement covers, and what was decided on them (Q). Rows are only added."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from consent.models import Pupil
from notices.models import Purpose, Recipient
from privacy_portal.ground.log.erasable import Erasable
from sharing import request_rules as rules
from sharing.models.incidents import Override


def _codes(length: int = 100) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=length), default=list, blank=True)


class DataRequest(models.Model):
    """A request for data. What is known of it stands in its details, of which the newest apply.

    `submission` is of the form by which an officer recorded it, the same however often it is sent.
    """

    submission = models.UUIDField(unique=True, default=uuid.uuid4)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"request {self.pk}"


class RequestDetails(Erasable):
    """All that was known of a request at one time: a change adds a row with everything.

    `part` is what was changed. `organisation_key` is the same for all requests of an organisation
    (Q2); an organisation that is not in the policy has a name only. Texts are empty where nothing is
    known yet.
    """

    blanks: ClassVar[dict[str, object]] = {
        "organisation_name": "",
        "organisation_key": "",
        "asker_name": "",
        "asker_role": "",
        "contact": "",
        "their_reference": "",
        "urgent_why": "",
        "check_note": "",
        "others_words": "",
        "words": "",
        "condition": "",
        "purpose_words": "",
        "power_words": "",
        "necessity": "",
        "dpia": "",
        "view_words": "",
        "view_by": "",
    }
    logged_also = ("channel", "due_at", "special_category", "dpia", "view", "view_on")

    class Channel(models.TextChoices):
        PHONE = "phone", "By phone"
        EMAIL = "email", "By email"
        LETTER = "letter", "By letter"
        IN_PERSON = "in-person", "In person"

    class AskerCheck(models.TextChoices):
        CALLED = "called", "We called a number that we found ourselves"
        DOMAIN = "domain", "They wrote from the organisation’s own email address"
        WARRANT_CARD = "warrant-card", "We saw a warrant card or other official identification"
        COURT_SEAL = "court-seal", "We saw the seal of a court"
        KNOWN = "known", "We know them from working together"
        OTHER = "other", "Another way"

    class Power(models.TextChoices):
        CRIME = (
            rules.Power.CRIME,
            "Crime or tax: Data Protection Act 2018, Schedule 2, paragraph 2 (an exemption)",
        )
        LEGAL_CLAIMS = (
            rules.Power.LEGAL_CLAIMS,
            "Legal proceedings or advice: Data Protection Act 2018, Schedule 2, paragraph 5 (an exemption)",
        )
        COURT_ORDER = rules.Power.COURT_ORDER, "Court order"
        SECTION_47 = (
            rules.Power.SECTION_47,
            "A child at risk of harm: Children Act 1989, section 47",
        )
        SECTION_17 = rules.Power.SECTION_17, "A child in need: Children Act 1989, section 17"
        SECTION_16LA = (
            rules.Power.SECTION_16LA,
            "Duty to share for a child’s welfare: Children Act 2004, section 16LA",
        )
        OTHER_ACT = rules.Power.OTHER_ACT, "Another Act or regulation"

    class View(models.TextChoices):
        ASKED = rules.View.ASKED, "Asked, no answer yet"
        AGREES = rules.View.AGREES, "Agrees"
        DISAGREES = rules.View.DISAGREES, "Does not agree"
        NOT_NEEDED = rules.View.NOT_NEEDED, "Not needed"

    class Part(models.TextChoices):
        ASKER = "asker", "Who asks"
        CHECK = "check", "How we checked who asks"
        PEOPLE = "people", "Who it is about"
        INFORMATION = "information", "What they ask for"
        PURPOSE = "purpose", "Purpose and legal power"
        VIEW = "view", "Data protection officer’s view"

    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="details")
    number = models.PositiveIntegerField()
    part = models.CharField(max_length=20, choices=Part.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, related_name="+")
    organisation_name = models.CharField(max_length=200, blank=True)
    organisation_key = models.CharField(max_length=210, blank=True)
    asker_name = models.CharField(max_length=200, blank=True)
    asker_role = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=500, blank=True)
    their_reference = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20, choices=Channel.choices)
    received_at = models.DateTimeField()
    urgent = models.BooleanField(default=False)
    urgent_why = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField()

    asker_check = models.CharField(max_length=20, choices=AskerCheck.choices, blank=True)
    check_note = models.CharField(max_length=500, blank=True)

    others = models.PositiveIntegerField(default=0)
    others_words = models.CharField(max_length=500, blank=True)

    items = _codes()
    words = models.CharField(max_length=1000, blank=True)
    special_category = models.BooleanField(default=False)
    condition = models.CharField(max_length=500, blank=True)

    purpose = models.ForeignKey(Purpose, models.PROTECT, null=True, related_name="+")
    purpose_words = models.CharField(max_length=1000, blank=True)
    power = models.CharField(max_length=20, choices=Power.choices, blank=True)
    power_words = models.CharField(max_length=500, blank=True)
    necessity = models.CharField(max_length=1000, blank=True)
    dpia = models.CharField(max_length=200, blank=True)

    view = models.CharField(max_length=20, choices=View.choices, blank=True)
    view_words = models.CharField(max_length=1000, blank=True)
    view_by = models.CharField(max_length=200, blank=True)
    view_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "number"]
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="request_details_number"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=True) | Q(organisation_name=""),
                name="request_one_organisation",
            ),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(asker_check="other") | ~Q(check_note=""),
                name="request_check_says_how",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation_key", "received_at"], name="request_of_a_kind"),
            models.Index(fields=["due_at"], name="request_due"),
        ]

    def __str__(self) -> str:
        return f"details {self.number} of request {self.request_id}"

    @property
    def organisation(self) -> str:
        """Return the name of the organisation that asks; empty if it is not known yet."""
        return self.recipient.name if self.recipient else self.organisation_name

    @property
    def why(self) -> str:
        """Return what it is asked for: the purpose of the policy, or words."""
        return self.purpose.label if self.purpose else self.purpose_words


class RequestedPupil(models.Model):
    """A pupil whom a request is about, as known at one time."""

    details = models.ForeignKey(RequestDetails, models.PROTECT, related_name="pupils")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["details", "pupil"], name="requested_pupil_once")
        ]

    def __str__(self) -> str:
        return f"pupil of details {self.details_id}"


class RequestDecision(Erasable):
    """An officer decided to share or not to share, by the details known then.

    `items` go, of `others` too, who are not on record; `words` name what else goes. With
    `second_reasons` it stands once a second officer agrees. `harmful`: sharing would harm the child
    more than not sharing (Children Act 2004, section 16LA), None where that was not asked.
    """

    blanks: ClassVar[dict[str, object]] = {"reasons": "", "words": "", "harm_words": ""}
    logged_also = ("number",)

    class Kind(models.TextChoices):
        SHARE_ALL = rules.Kind.SHARE_ALL, "Share all of it"
        SHARE_SOME = rules.Kind.SHARE_SOME, "Share some of it"
        REFUSE = rules.Kind.REFUSE, "Do not share"

    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="decisions")
    details = models.ForeignKey(RequestDetails, models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    reasons = models.CharField(max_length=2000)
    items = _codes()
    words = models.CharField(max_length=1000, blank=True)
    others = models.PositiveIntegerField(default=0)
    harmful = models.BooleanField(null=True)
    harm_words = models.CharField(max_length=1000, blank=True)
    override_ground = models.CharField(max_length=20, choices=Override.Ground.choices, blank=True)
    second_reasons = _codes(30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "number"]
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="request_decision_number"),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reasons=""), name="request_decision_says_why"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["share-all", "share-some", "refuse"]),
                name="request_decision_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind="refuse")
                | Q(items=[], words="", others=0, second_reasons=[], override_ground=""),
                name="request_refused_shares_nothing",
            ),
            models.CheckConstraint(
                condition=Q(kind="refuse") | Q(harmful__isnull=True) | Q(harmful=False),
                name="request_harmful_is_refused",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.number} on request {self.request_id}"


class DecidedPupil(models.Model):
    """What was decided about one pupil: `choice` is the officer’s, `items` go, and where not all of
    them do `reason` is the rule’s. `elsewhere` are the opt-outs and objections that both officers knew
    of, where the policy does not have the organisation: `opt-out:connexions`."""

    decision = models.ForeignKey(RequestDecision, models.PROTECT, related_name="pupils")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="+")
    choice = models.CharField(max_length=40)
    items = _codes()
    reason = models.CharField(max_length=30, blank=True)
    elsewhere = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        db_default=Value([], ArrayField(models.CharField(max_length=120))),
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "pupil"], name="decided_pupil_once"),
            models.CheckConstraint(
                condition=~Q(choice="none") | Q(items=[]), name="decided_pupil_not_shared"
            ),
        ]

    def __str__(self) -> str:
        return f"pupil of decision {self.decision_id}"


class DecisionAnswer(Erasable):
    """A second officer agreed to a decision, or sent it back: then it is decided anew."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    decision = models.OneToOneField(RequestDecision, models.PROTECT, related_name="answer")
    agrees = models.BooleanField()
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"answer to decision {self.decision_id}"


class DataRequestStep(Erasable):
    """What else was done about a request: `on` is the day it happened, `points` are what the asker was
    asked for."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    class Kind(models.TextChoices):
        ASKED_MORE = "asked-more", "Asked for more information"
        ANSWERED = "answered", "Answer sent"
        NOTE = "note", "Note added"
        WITHDRAWN = "withdrawn", "Request withdrawn"

    request = models.ForeignKey(DataRequest, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    points = _codes(20)
    note = models.CharField(max_length=1000, blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(kind="withdrawn"), name="request_withdrawn_once"
            ),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(kind="note") | ~Q(note=""),
                name="request_note_says_what",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
