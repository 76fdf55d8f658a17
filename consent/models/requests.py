"""Online opt-outs: before the link in the email is used, after it, and what staff did."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from consent.models.decisions import Decision, Invalidation
from consent.models.letters import LetterCode
from consent.models.people import School
from consent.models.schemes import ABOUT_ONE_THING, CHOICES, PersonsChoice
from consent.rules import CLOCKS_APART, Choice, DecidedBy
from notices.models import NoticeVersion
from privacy_portal.ground.log.erasable import Erasable

# A child who does not want to take part says so in person: nobody sends it.
SENT = ~Q(choice=Choice.UNWILLING.value)


class Submission(PersonsChoice):
    """An online form, as the person wrote it. `notice` is the version they could read.

    `submission` is the same for one form however often it is sent. `token_hash` is of the secret in the links of its emails: the one that confirms it, then the one to its receipt.
    `entries_before` is how many entries the log had when it was received: a hand-over of one of
    those was over by then, whatever the clocks say (None: not known).
    """

    reference = models.CharField(max_length=20, unique=True)
    submission = models.UUIDField(null=True, unique=True)
    token_hash = models.CharField(max_length=64, null=True)
    choice = models.CharField(max_length=10, choices=CHOICES, db_default=Choice.OPT_OUT.value)
    relation = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address = models.CharField(max_length=500, blank=True)
    surname = models.CharField(max_length=200, blank=True)
    forename = models.CharField(max_length=200, blank=True)
    born = models.DateField(null=True)
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")
    other_school = models.CharField(max_length=200, blank=True)
    notice = models.ForeignKey(
        NoticeVersion, models.PROTECT, null=True, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()
    entries_before = models.BigIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference

    @property
    def by_code(self) -> bool:
        """Return whether a letter's code says who the pupil is."""
        return getattr(self, "code_id", None) is not None


class UnconfirmedOptOut(Submission):
    """An opt-out whose link in the email has not been used: it counts for nobody until it is.

    Deleted when it is confirmed, or some days after its link expired. While it is `held`, its link
    has not been emailed: it comes with others in one email.
    """

    expires_at = models.DateTimeField()
    held = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(email="") & Q(token_hash__isnull=False) & Q(born__isnull=False),
                name="unconfirmed_has_link",
            ),
            models.CheckConstraint(condition=ABOUT_ONE_THING, name="unconfirmed_about_one_thing"),
            models.CheckConstraint(condition=SENT, name="unconfirmed_choice_is_sent"),
            models.UniqueConstraint(fields=["token_hash"], name="unconfirmed_token"),
        ]


class StepKind(models.TextChoices):
    """An action of staff on an online opt-out."""

    ASKED = "asked", "Asked the person to contact us"
    PASSED = "passed", "Passed on"
    NOT_FOUND = "not-found", "No match on the school roll"
    REFUSED = "refused", "Rejected: not a valid opt-out"


# After these nobody needs to look at it, unless the roll brings the pupil.
CLOSING = (StepKind.NOT_FOUND, StepKind.REFUSED)


class OptOutRequestQuerySet(models.QuerySet["OptOutRequest"]):
    """Online opt-outs, filtered by their state."""

    def with_state(self) -> "OptOutRequestQuerySet":
        """Annotate `decision_made`, whether a decision came of it that was not another pupil's,
        `last_step`, what staff did last (none once it was matched to the wrong pupil: then it is open
        again), and `school_now`, the id of the school whose queue it is in (0: the council's).
        """
        moved = Invalidation.objects.filter(
            decision=OuterRef("pk"), kind=Invalidation.Kind.WRONG_PUPIL
        )
        decisions = Decision.objects.filter(~Exists(moved), request=OuterRef("pk"))
        steps = RequestStep.objects.filter(request=OuterRef("pk")).order_by("-pk")
        passed = steps.filter(kind=StepKind.PASSED)
        moved_since = Invalidation.objects.filter(
            decision__request=OuterRef("request"),
            kind=Invalidation.Kind.WRONG_PUPIL,
            # The clock of the server that wrote the step may be ahead: in doubt it is open.
            recorded_at__gte=OuterRef("at") - CLOCKS_APART,
        )
        last_steps = steps.filter(~Exists(moved_since))
        return self.annotate(
            decision_made=Exists(decisions),
            last_step=Subquery(last_steps.values("kind")[:1]),
            # 0 stands for the council: NULL could not be told from never passed on.
            passed_to=Subquery(passed.values(to=Coalesce(F("to_school"), 0))[:1]),
        ).annotate(school_now=Coalesce(F("passed_to"), F("school_id"), 0))

    def to_match(self) -> "OptOutRequestQuerySet":
        """Return those that a person must match."""
        return (
            self.with_state()
            .filter(Q(decision_made=False), erased=False)
            .exclude(Q(last_step__in=CLOSING, last_step__isnull=False))
        )

    def unmatched(self) -> "OptOutRequestQuerySet":
        """Return those that an import of pupils may still match."""
        return (
            self.with_state()
            .filter(Q(decision_made=False), erased=False)
            .exclude(Q(last_step=StepKind.REFUSED, last_step__isnull=False))
        )


class OptOutRequest(Erasable, Submission):
    """An online opt-out, exactly as received; never edited, and emptied only when its keeping time is over.

    With a letter's `code` it does not describe the pupil: the code does. `confirmed_at` is when the
    person confirmed it through the emailed link; None for those from before there were such links.
    """

    blanks: ClassVar[dict[str, object]] = {
        "person_name": "",
        "grounds": "",
        "relation": "",
        "email": "",
        "phone": "",
        "address": "",
        "surname": "",
        "forename": "",
        "other_school": "",
        "born": None,
        "submission": None,
        "token_hash": None,
    }
    logged_also = (
        "choice",
        "by",
        "scheme_id",
        "recipient_id",
        "purpose_id",
        "school_id",
        "notice_id",
        "token_hash",
        "received_at",
        "entries_before",
        "confirmed_at",
    )

    confirmed_at = models.DateTimeField(null=True)
    code = models.ForeignKey(
        LetterCode, models.PROTECT, null=True, related_name="requests", db_index=False
    )

    objects = OptOutRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-received_at"], name="request_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], condition=Q(token_hash__isnull=False), name="request_token"
            ),
            models.CheckConstraint(condition=ABOUT_ONE_THING, name="request_about_one_thing"),
            models.CheckConstraint(condition=SENT, name="request_choice_is_sent"),
            models.CheckConstraint(
                condition=Q(erased=True)
                | Q(school__isnull=False)
                | ~Q(other_school="")
                | Q(code__isnull=False),
                name="request_has_school",
            ),
            models.CheckConstraint(
                condition=Q(erased=True)
                | ~Q(email="")
                | ~Q(phone="")
                | ~Q(address="")
                | Q(code__isnull=False),
                name="request_has_contact",
            ),
            models.CheckConstraint(
                condition=Q(erased=True)
                | Q(born__isnull=False) & ~Q(surname="") & ~Q(forename="")
                | Q(code__isnull=False),
                name="request_names_the_pupil",
            ),
            models.CheckConstraint(
                condition=Q(by__in=[by.value for by in DecidedBy]), name="request_by_known"
            ),
        ]


class ReceivedEntry(models.Model):
    """The number of the log entry of an opt-out or objection sent online, for the proof with its receipt
    (L3a). Added once the entry is appended; rows are only ever added."""

    request = models.OneToOneField(
        OptOutRequest, models.PROTECT, primary_key=True, related_name="received_entry"
    )
    entry = models.BigIntegerField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(entry__gte=0), name="received_entry_from_0")
        ]

    def __str__(self) -> str:
        return f"entry {self.entry}"


class RequestToMatch(models.Model):
    """A confirmed opt-out whose pupil a job is about to look for; deleted with that.

    Hand-overs do not wait for the job: it counts for whom it matches (H2).
    """

    request = models.OneToOneField(
        OptOutRequest, models.CASCADE, primary_key=True, related_name="to_match"
    )

    def __str__(self) -> str:
        return str(self.request)


class RequestStep(Erasable):
    """An action of a member of staff on an online opt-out. Rows are only ever added.

    `to_school` of one passed on: None for the council. `by` None: the portal passed it to the
    council by itself, since it fits a protected pupil (P4).
    """

    blanks: ClassVar[dict[str, object]] = {"note": ""}
    logged_also = ("to_school_id",)

    request = models.ForeignKey(OptOutRequest, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    to_school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StepKind.values), name="request_step_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(erased=True) | ~Q(kind="refused") | ~Q(note=""),
                name="request_refused_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(to_school__isnull=True) | Q(kind="passed"),
                name="request_step_to_school_only_if_passed",
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=False) | Q(kind="passed", to_school=None),
                name="request_step_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
