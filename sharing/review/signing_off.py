"""Sign-off of disclosures by another officer, one or many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.appending import append
from sharing.disclosures import review_entries
from sharing.disclosures.queries import disclosures, not_signed_off
from sharing.models import Disclosure, DisclosureQuestion, OverrideStep, SignOff
from sharing.review import incidents, questioning, recalling

MOST = 100


class ChangedMeanwhileError(NotNowError):
    """Raised when disclosures are not as the officer saw them; `changes` says what has changed, a sentence
    each. Nothing was signed off."""

    def __init__(self, changes: Sequence[str]):
        super().__init__(
            "Nothing has been signed off, because something has changed since you looked."
        )
        self.changes = changes


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What an officer who signs off has to know: how many recalls, questions and steps about a release despite
    an opt-out there are; whether it was not sent after all."""

    recalls: int
    override_steps: int
    undone: bool
    questions: int

    def __str__(self) -> str:
        return f"{self.recalls}-{self.override_steps}-{self.questions}-{self.undone:d}"


def to_sign_off(user: User) -> QuerySet[Disclosure]:
    """Load the disclosures that the user can sign off now: those of which `check_can_sign_off` says so."""
    if not may(user, Action.KEEP_DISCLOSURES):
        return Disclosure.objects.none()
    return not_signed_off().filter(~questioning.asked()).exclude(by=user)


def with_warnings(disclosures: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
    """Load with disclosures what `warnings_of` reads; no query more."""
    of_it = {"disclosure": OuterRef("pk")}
    return disclosures.annotate(
        has_open_recall=Exists(recalling.open_recalls().filter(**of_it)),
        has_recall=Exists(recalling.recalls().filter(**of_it)),
        has_open_incident=Exists(incidents.open_incidents().filter(**of_it)),
        has_question=Exists(DisclosureQuestion.objects.filter(**of_it)),
        challenged=Exists(
            OverrideStep.objects.filter(
                override__disclosure=OuterRef("pk"), kind=OverrideStep.Kind.CONTESTED
            )
        ),
    )


def with_state(entries: Sequence[int]) -> QuerySet[Disclosure]:
    """Load disclosures by their log entries, the first entry first, with what `state_of` and `warnings_of`
    read; 1 query."""
    return (
        with_warnings(disclosures())
        .filter(entry__in=entries)
        .annotate(
            recall_count=Count("recalls", distinct=True),
            override_step_count=Count("override__steps", distinct=True),
            question_count=Count("questions", distinct=True),
        )
        .order_by("entry")
    )


def state_of(disclosure: Disclosure) -> ReviewState:
    """Return what there is to know of a disclosure that `with_state` loaded; no query."""
    return ReviewState(
        recalls=getattr(disclosure, "recall_count"),  # noqa: B009
        override_steps=getattr(disclosure, "override_step_count"),  # noqa: B009
        questions=getattr(disclosure, "question_count"),  # noqa: B009
        undone=hasattr(disclosure, "undone"),
    )


def check_can_sign_off(disclosure: Disclosure, user: User) -> None:
    """Raise NotNowError, with the reason, unless the user may sign off now what `disclosures` loaded."""
    if hasattr(disclosure, "sign_off"):
        raise NotNowError("This is already signed off.")
    if disclosure.by_id == user.pk:
        raise NotNowError("You made this entry, so another officer must sign it off.")
    if getattr(disclosure, "has_open_question"):  # noqa: B009
        raise NotNowError("A question about this is open, so nobody can sign it off yet.")


def why_not(disclosure: Disclosure, user: User) -> str:
    """Return why the user cannot sign it off now, as a sentence; empty where they can."""
    try:
        check_can_sign_off(disclosure, user)
    except NotNowError as error:
        return str(error)
    return ""


def sign_off(disclosure: Disclosure, *, note: str, by: User, at: datetime) -> SignOff:
    """Record the sign-off of another officer. Raise NotNowError if they may not."""
    with transaction.atomic():
        locks.take_one(locks.Row.DISCLOSURE, disclosure.pk)
        (disclosure,) = with_state([disclosure.entry])
        check_can_sign_off(disclosure, by)
        (done,) = _record([disclosure], note=note, by=by, at=at)
    return done


def sign_off_all(seen: Mapping[int, str], *, note: str, by: User, at: datetime) -> list[SignOff]:
    """Record the sign-off of several disclosures, all or none. `seen` has the state of each that the officer
    saw, by its log entry.

    Raises ChangedMeanwhileError where one is not as they saw it, or they may not sign it off.
    """
    with transaction.atomic():
        keys = Disclosure.objects.filter(entry__in=seen).values_list("pk", flat=True)
        locks.take_all(locks.Row.DISCLOSURE, keys)
        loaded = list(with_state(list(seen)))
        changes = [
            f"Log entry {disclosure.entry}: {change}"
            for disclosure in loaded
            if (change := _change(disclosure, seen[disclosure.entry], by))
        ]
        if changes:
            raise ChangedMeanwhileError(changes)
        return _record(loaded, note=note, by=by, at=at)


def _change(disclosure: Disclosure, seen: str, by: User) -> str:
    """Return what has changed since an officer saw a disclosure in a state, or why they cannot sign it off;
    empty for nothing."""
    if hasattr(disclosure, "sign_off"):
        return f"{disclosure.sign_off.by.name} has signed it off."
    if reason := why_not(disclosure, by):
        return reason
    now = state_of(disclosure)
    if str(now) == seen:
        return ""
    if now.undone and not seen.endswith("-1"):
        return "it was not sent after all."
    return "there is a new question or recall, or a new step about a release despite an opt-out."


def _record(
    disclosures: Sequence[Disclosure], *, note: str, by: User, at: datetime
) -> list[SignOff]:
    """Store sign-offs, each with an entry of its own."""
    done = SignOff.objects.bulk_create(
        SignOff(disclosure=disclosure, note=note, by=by, at=at) for disclosure in disclosures
    )
    append(map(review_entries.signed_off, done))
    return done
