"""Decisions of people, and what becomes of them: invalid (C4), ruled on (C10), verified (C3), passed to
the school (C9). Rows are only ever added (C5)."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value

from consent import rules
from consent.models.people import Pupil, School
from consent.models.schemes import ABOUT_ONE_THING, PersonsChoice, Scheme
from consent.rules import Choice, DecidedBy, RulingKind
from privacy_portal.ground.log.erasable import Erasable

PARENT_HIDDEN = "A parent (name not shown)"
NOUNS = {
    Choice.OPT_OUT: "opt-out",
    Choice.OPT_IN: "opt-in",
    Choice.OBJECTION: "objection",
    Choice.UNWILLING: "on-the-day refusal",
}


class Decision(Erasable, PersonsChoice):
    """A decision of a person about a pupil. Rows are only ever added (C5).

    `received_at` is when it reached the school or the council; a date without a time is its first
    instant. `import_key` is set for imported decisions: importing twice changes nothing. `upns` are the
    numbers that the pupil had when it was recorded, so that nobody can give a number to another record
    unnoticed (L5); empty in what was recorded before there was this column.
    """

    blanks: ClassVar[dict[str, object]] = {
        "person_name": "",
        "person_key": "",
        "relation": "",
        "email": "",
        "grounds": "",
        "submission": None,
        "import_key": "erased-{key}",
        "upns": [],
    }
    logged_also = ("signed_on", "recorded_at", "recorded_by_id", "request_id", "import_key")

    class Channel(models.TextChoices):
        ONLINE = "online", "Online"
        PAPER = "paper", "Paper"
        PHONE = "phone", "Phone"
        IN_PERSON = "in-person", "In person, on the day"
        IMPORT = "import", "Import"

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="decisions")
    scheme = models.ForeignKey(Scheme, models.PROTECT, null=True, related_name="decisions")
    person_key = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    relation = models.CharField(max_length=100, blank=True, db_default="")
    email = models.EmailField(blank=True, db_default="")
    received_at = models.DateTimeField()
    signed_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Several only if an earlier one was marked invalid: it was about another pupil.
    request = models.ForeignKey(
        "consent.OptOutRequest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        db_index=False,
    )
    # The same for one form of staff however often it is sent.
    submission = models.UUIDField(null=True)
    import_key = models.CharField(max_length=64, null=True, unique=True)
    upns = ArrayField(
        models.CharField(max_length=13),
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=13))),
    )

    class Meta:
        indexes = [
            models.Index(fields=["scheme", "pupil"], name="decision_scheme_pupil"),
            models.Index(fields=["request"], name="decision_request"),
            # Whose rows a hand-over withholds, and the officers' list of objections.
            models.Index(
                fields=["recipient", "purpose", "pupil"],
                condition=Q(recipient__isnull=False),
                name="decision_objection",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(choice__in=[c.value for c in Choice]), name="decision_choice_known"
            ),
            models.CheckConstraint(condition=ABOUT_ONE_THING, name="decision_about_one_thing"),
            models.CheckConstraint(
                condition=Q(by__in=[by.value for by in DecidedBy]), name="decision_by_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["online", "paper", "phone", "in-person", "import"]),
                name="decision_channel_known",
            ),
            # A child's own unwillingness on the day, and nothing else, is noted in person.
            models.CheckConstraint(
                condition=Q(choice="unwilling", by="pupil", channel="in-person")
                | ~Q(choice="unwilling") & ~Q(channel="in-person"),
                name="decision_unwilling_in_person",
            ),
            models.CheckConstraint(
                condition=~Q(channel__in=["paper", "phone", "in-person"])
                | Q(recorded_by__isnull=False)
                | Q(import_key__isnull=False),
                name="decision_keyed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(channel="paper")
                | Q(signed_on__isnull=False)
                | Q(import_key__isnull=False),
                name="decision_on_paper_is_signed",
            ),
            # A day more, since servers' clocks differ: what is refused is a mistyped year or month.
            models.CheckConstraint(
                condition=Q(received_at__lte=F("recorded_at") + timedelta(days=1)),
                name="decision_received_before_recorded",
            ),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(submission__isnull=False),
                name="decision_sent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.choice} by {self.by}"

    @property
    def person(self) -> str:
        """Return who decided, unless that is a parent of a protected pupil (P2)."""
        if self.by == DecidedBy.PARENT and self.pupil.protected:
            return PARENT_HIDDEN
        return self.person_name

    @property
    def new_facts(self) -> rules.Decision:
        """Return a decision that is not stored yet, as the rules need it."""
        return rules.Decision(
            choice=Choice(self.choice),
            by=DecidedBy(self.by),
            person=self.person_key,
            received=self.received_at,
            order=0,
        )

    @property
    def title(self) -> str:
        """Return what was chosen, in a few words."""
        if self.choice == Choice.OPT_IN:
            return f"Opt back in to sharing with {self.matter.recipient.name}"
        if self.choice == Choice.UNWILLING:
            return self.choice_in_words
        return self.matter.title

    @property
    def noun(self) -> str:
        """Return the name of the choice, as inside a sentence."""
        return NOUNS[Choice(self.choice)]


class Invalidation(Erasable):
    """The reason why a decision is invalid: it never was one (C4). Rows are only ever added."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    logged_also = ("recorded_at", "recorded_by_id")

    class Kind(models.TextChoices):
        WRONG_PUPIL = "wrong-pupil", "It was about a different pupil"
        # The code is older than the words: a carer may choose without parental responsibility.
        NO_RESPONSIBILITY = (
            "no-responsibility",
            "The person is not the pupil, or their parent or carer",
        )
        OTHER = "other", "Another reason"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="invalidation")
    kind = models.CharField(max_length=20, choices=Kind.choices, db_default=Kind.OTHER.value)
    reason = models.CharField(max_length=500)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="invalidation_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["wrong-pupil", "no-responsibility", "other"]),
                name="invalidation_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.decision_id} is invalid"


class Ruling(Erasable):
    """An officer's decision about an objection: the latest holds. Rows are only ever added (C10)."""

    blanks: ClassVar[dict[str, object]] = {"reason": ""}
    logged_also = ("mail",)

    class Kind(models.TextChoices):
        UPHELD = RulingKind.UPHELD.value, "Uphold – stop sharing"
        GROUNDS = RulingKind.GROUNDS.value, "Do not uphold – compelling grounds to keep sharing"
        WITHDRAWN = RulingKind.WITHDRAWN.value, "Withdrawn by the person"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="rulings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The key of the mail that tells the person; empty where staff must tell them.
    mail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["upheld", "grounds", "withdrawn"]), name="ruling_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(reason=""), name="ruling_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class RulingTold(Erasable):
    """The person was told of a ruling: by email, or by a member of staff, who says how (C10)."""

    blanks: ClassVar[dict[str, object]] = {"note": ""}

    ruling = models.OneToOneField(Ruling, models.PROTECT, related_name="told")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(erased=True) | Q(by__isnull=True) | ~Q(note=""),
                name="ruling_told_says_how",
            )
        ]

    def __str__(self) -> str:
        return f"told of ruling {self.ruling_id}"


class Verification(models.Model):
    """The instant at which an opt-in was proven and everyone told. Rows are only added."""

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="verification")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"verification of decision {self.decision_id}"


class Telling(models.Model):
    """A contact on record who must be told of an opt-in, and how; `told_at` once they were.

    `mail` is the key of the email of a contact told by email; others are told by staff.
    """

    class Way(models.TextChoices):
        EMAIL = "email", "Email"
        POST = "post", "Letter"
        VOICE = "voice", "In person or by phone"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="tellings")
    name = models.CharField(max_length=200)
    way = models.CharField(max_length=10, choices=Way.choices)
    address = models.CharField(max_length=700, blank=True)
    # Known to have parental responsibility, or not known to lack it.
    responsible = models.BooleanField(default=True, db_default=True)
    mail = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["email", "post", "voice"]), name="telling_way_known"
            ),
            models.CheckConstraint(
                condition=Q(way="email") | Q(told_at__isnull=True) | Q(told_by__isnull=False),
                name="telling_by_staff_names_them",
            ),
        ]

    def __str__(self) -> str:
        return f"contact of decision {self.decision_id}"


class Acknowledgement(models.Model):
    """A school has entered a decision, or that it is invalid, in its own system."""

    logged_texts = ()
    logged_also = ("school_id", "at")

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="acknowledgements")
    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    invalid = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision", "school", "invalid"], name="acknowledged_once"
            )
        ]

    def __str__(self) -> str:
        return f"decision {self.decision_id} acknowledged"
