"""Online opt-outs are matched to their pupil, by a job or by a member of staff."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from consent.decisions.recording import take
from consent.errors import RefusedError
from consent.models import (
    ABOUT,
    Decision,
    Invalidation,
    OptOutRequest,
    Pupil,
    RequestStep,
    RequestToMatch,
    School,
    StepKind,
)
from consent.pupil_matches import SEVERAL, matching_pupils, single_pupil
from consent.queries import standing_for
from consent.same_child_links import open_links
from notices.queries import signature
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.names import person_key


def match_confirmed(request_id: int, *, at: datetime) -> bool:
    """Match an opt-out that was just confirmed; return whether exactly one pupil fits.

    Happens once: a second time, or after a member of staff was quicker, changes nothing.
    """
    with transaction.atomic():
        locks.share(locks.Area.ROLL)
        locks.take_one(locks.Row.REQUEST, request_id)
        if not RequestToMatch.objects.filter(request=request_id).exists():
            return False
        unmatched = OptOutRequest.objects.unmatched().select_related(*ABOUT, "school")
        request = unmatched.filter(pk=request_id).first()
        matched = request is not None and match(request, at=at)
        RequestToMatch.objects.filter(request=request_id).delete()
    return matched


def match_all_confirmed(*, at: datetime) -> int:
    """Match opt-outs whose own job did not succeed; return how many were tried."""
    numbers = list(RequestToMatch.objects.order_by("pk").values_list("pk", flat=True))
    for number in numbers:
        match_confirmed(number, at=at)
    return len(numbers)


def match(request: OptOutRequest, *, at: datetime) -> bool:
    """Record the opt-out if exactly one pupil fits, and is not one that staff said it is not about;
    return whether one did.

    Records that may be of one child are one pupil: it counts for both (C6b). The decision counts
    from when the request was received, not from when it was matched (C3). One that the rules refuse
    waits for a member of staff, who can tell the person. One that fits a protected pupil goes to
    officers, and looks like any other (P4).
    """
    if request.school_id is None:
        return False
    pupils = {pupil.pk: pupil for pupil in matching_pupils(request)[:SEVERAL]}
    if any(pupil.protected for pupil in pupils.values()):
        _pass_to_officers(request, at=at)
        return False
    pupil = single_pupil(pupils)
    if pupil is None or not pupils.keys().isdisjoint(_wrong_pupils(request)):
        return False
    try:
        take(decision_from(request, pupils[pupil], at=at), by=None, at=at)
    except RefusedError:
        return False
    return True


def _pass_to_officers(request: OptOutRequest, *, at: datetime) -> None:
    """Move a request to the council's queue, if it is in a school's."""
    steps = RequestStep.objects.filter(request=request, kind=StepKind.PASSED).order_by("-pk")
    last = steps.first()
    if last is not None and last.to_school_id is None:
        return
    step = RequestStep.objects.create(request=request, kind=StepKind.PASSED, at=at, by=None)
    about = {"request": request.reference, "texts": texts_of(step)}
    log.record(f"opt-out-{StepKind.PASSED}", at=at, by=None, **about)


def _wrong_pupils(request: OptOutRequest) -> set[int]:
    """Return the ids of the pupils that staff said the opt-out is not about, and of other records
    that are or may be of those children; 1 query, and a few if there are any."""
    moved = request.decisions.filter(invalidation__kind=Invalidation.Kind.WRONG_PUPIL)
    wrong = {standing_for(decision.pupil).pk for decision in moved.select_related("pupil")}
    return open_links().with_others(wrong) if wrong else wrong


def match_waiting(*, at: datetime) -> int:
    """Match again those that found no pupil, after pupils were imported; return how many succeeded."""
    unmatched = OptOutRequest.objects.unmatched().select_related(*ABOUT, "school")
    unmatched = unmatched.order_by("received_at", "pk")
    return sum(match(request, at=at) for request in list(unmatched))


def log_look(request: OptOutRequest, pupils: Iterable[Pupil], *, by: User, at: datetime) -> None:
    """Log that a member of staff looked at an online opt-out and at these pupils (L1)."""
    people = sorted(str(pupil.reference) for pupil in pupils)
    with transaction.atomic():
        log.record("opt-out-opened", at=at, by=by, request=request.reference, people=people)


def choose(reference: str, pupil: Pupil, *, by: User, at: datetime) -> None:
    """Match an opt-out to the pupil that staff chose; it counts from when it was received.

    Raises NotNowError if it is matched or rejected, RefusedError where the rules forbid it.
    """
    with transaction.atomic():
        locks.share(locks.Area.ROLL)
        request = _locked(reference)
        check_can_choose(request)
        if pupil.protected and not by.sees_every_school:
            raise NotNowError("A council officer must match this. Pass it on to the council.")
        entry = log.body("opt-out-matched", at=at, by=by, request=request.reference)
        take(decision_from(request, pupil, at=at, by=by), by=by, at=at, also=[entry])


def check_can_choose(request: OptOutRequest) -> None:
    """Raise NotNowError if the opt-out (read with its state) is rejected."""
    if annotated(request, "last_step", object) == StepKind.REFUSED:
        raise NotNowError(
            "This opt-out was rejected. To match it after all, pass it on or ask the person to get "
            "in touch: that opens it again."
        )


def ask(reference: str, *, note: str, by: User, at: datetime) -> None:
    """Email the person and ask them to get in touch. Raises NotNowError."""
    _step(reference, StepKind.ASKED, note=note, by=by, at=at, letter="opt-out-ask")


def pass_on(reference: str, to: School | None, *, note: str, by: User, at: datetime) -> None:
    """Move the opt-out to the queue of a school, or of the council (None). Raises NotNowError."""
    _step(reference, StepKind.PASSED, note=note, to_school=to, by=by, at=at)


def not_found(reference: str, *, note: str, by: User, at: datetime) -> None:
    """Close the opt-out with no match; it is tried again after every import of pupils. Raises
    NotNowError."""
    _step(reference, StepKind.NOT_FOUND, note=note, by=by, at=at, letter="opt-out-ask")


def refuse(reference: str, *, note: str, by: User, at: datetime) -> None:
    """Reject an opt-out that did not come from someone with the right to opt out: `note` says why.
    Raises NotNowError."""
    _step(reference, StepKind.REFUSED, note=note, by=by, at=at, letter="opt-out-ask")


def _step(
    reference: str,
    kind: StepKind,
    *,
    note: str,
    by: User,
    at: datetime,
    to_school: School | None = None,
    letter: str = "",
) -> None:
    with transaction.atomic():
        request = _locked(reference)
        step = RequestStep.objects.create(
            request=request, kind=kind, at=at, by=by, note=note, to_school=to_school
        )
        if letter and request.email:
            context = {
                "sent": request,
                "matter": request.matter,
                "school": request.school,
                "link": address(reverse("report")),
                **signature(),
            }
            key = f"{letter}/{request.reference}/{step.pk}"
            mail = Letter(key=key, to=request.email, template=f"consent/{letter}", context=context)
            write([mail], at=at)
        about = {"request": request.reference, "texts": texts_of(step)}
        log.record(f"opt-out-{kind}", at=at, by=by, **about)


def _locked(reference: str) -> OptOutRequest:
    """Return the request, locked, if staff may still decide about it. Raises NotNowError."""
    sent = OptOutRequest.objects.only("pk").get(reference=reference)
    locks.take_one(locks.Row.REQUEST, sent.pk)
    requests = OptOutRequest.objects.with_state().select_related(*ABOUT, "school")
    request: OptOutRequest = requests.get(reference=reference)
    if annotated(request, "decision_made", bool):
        raise NotNowError("This opt-out is already matched to a pupil.")
    return request


def decision_from(
    request: OptOutRequest, pupil: Pupil, *, at: datetime, by: User | None = None
) -> Decision:
    """Return the decision about the pupil that a form makes, not stored yet."""
    return Decision(
        pupil=pupil,
        scheme=request.scheme,
        recipient=request.recipient,
        purpose=request.purpose,
        grounds=request.grounds,
        choice=request.choice,
        by=request.by,
        person_name=request.person_name,
        person_key=person_key(request.person_name),
        channel=Decision.Channel.ONLINE,
        received_at=request.received_at,
        # A clock that was days ahead when it was received keeps nobody's opt-out from being recorded.
        recorded_at=max(at, request.received_at - timedelta(days=1)),
        recorded_by=by,
        request=request,
    )
