"""Finding the pupil that an opt-out sent online is about: at once, or by a member of staff."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from consent.errors import NotNowError, RefusedError
from consent.linking import open_links
from consent.models import ABOUT, Decision, OptOutRequest, Pupil, RequestStep, School, StepKind
from consent.queries import pupils_who_fit
from consent.recording import take
from notices.queries import signature
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.log.appending import Body, append, body
from privacy_portal.mail.writing import Letter, write
from privacy_portal.names import person_key

# So many records that fit are looked at together, and no more.
SEVERAL = 10


def match(request: OptOutRequest, *, at: datetime, also: Iterable[Body] = ()) -> bool:
    """Records the opt-out if exactly one pupil fits; returns whether one did. Records that may be of
    one child are one pupil: it counts for both (C6b).

    The decision counts from when the request was received, not from when it was matched
    (C3). One that the rules refuse waits for a member of staff, who can tell the person.
    `also` are log entries that go before the decision's.
    """
    if request.school_id is None:
        return False
    pupil = _only(list(pupils_who_fit(request)[:SEVERAL]))
    if pupil is None:
        return False
    try:
        take(_decision(request, pupil, at), by=None, at=at, also=also)
    except RefusedError:
        return False
    return True


def _only(fitting: Sequence[Pupil]) -> Pupil | None:
    """The pupil, if these are records of one, or may be; the newest of several."""
    if len(fitting) > 1:
        together = open_links().groups.get(fitting[0].pk, frozenset())
        if len(fitting) == SEVERAL or not together.issuperset(each.pk for each in fitting):
            return None
    return max(fitting, key=lambda pupil: pupil.pk, default=None)


def match_waiting(*, at: datetime) -> int:
    """Tries again those that found no pupil, after the roll has changed; returns how many did."""
    unmatched = OptOutRequest.objects.unmatched().select_related(*ABOUT, "school")
    unmatched = unmatched.order_by("received_at", "pk")
    return sum(match(request, at=at) for request in list(unmatched))


def opened(request: OptOutRequest, pupils: Iterable[Pupil], *, by: User, at: datetime) -> None:
    """Logs that a member of staff looked at an opt-out sent online, and at these pupils (L1)."""
    people = sorted(str(each.reference) for each in pupils)
    with transaction.atomic():
        entry = body("opt-out-opened", at=at, by=by, request=request.reference, people=people)
        append([entry])


def choose(reference: str, pupil: Pupil, *, by: User, at: datetime) -> None:
    """A member of staff says which pupil it is about; it counts from when it was received.

    Raises NotNowError if it has its pupil or was refused, RefusedError where the rules do
    not take it.
    """
    with transaction.atomic():
        locks.share(locks.Held.ROLL)
        request = _locked(reference)
        chosen = body("opt-out-matched", at=at, by=by, request=request.reference)
        take(_decision(request, pupil, at, by), by=by, at=at, also=[chosen])


def ask(reference: str, *, note: str, by: User, at: datetime) -> None:
    """Asks the person by mail to get in touch. Raises NotNowError."""
    _step(reference, StepKind.ASKED, note=note, by=by, at=at, letter="opt-out-ask")


def pass_on(reference: str, to: School | None, *, note: str, by: User, at: datetime) -> None:
    """Moves it into the queue of another school, or of the council. Raises NotNowError."""
    _step(reference, StepKind.PASSED, note=note, to_school=to, by=by, at=at)


def not_found(reference: str, *, note: str, by: User, at: datetime) -> None:
    """No pupil on the roll fits. It is kept, and tried again with every roll."""
    _step(reference, StepKind.NOT_FOUND, note=note, by=by, at=at, letter="opt-out-ask")


def refuse(reference: str, *, note: str, by: User, at: datetime) -> None:
    """It never was an opt-out of somebody who may decide: `note` says why."""
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
                **signature(),
            }
            key = f"{letter}/{request.reference}/{step.pk}"
            write([Letter(key=key, to=request.email, template=letter, context=context)], at=at)
        entry = body(f"opt-out-{kind}", at=at, by=by, request=request.reference)
        append([entry])


def _locked(reference: str) -> OptOutRequest:
    """The request, if a member of staff may still decide about it. Raises NotNowError."""
    sent = OptOutRequest.objects.only("pk").get(reference=reference)
    locks.take_one(locks.Single.REQUEST, sent.pk)
    requests = OptOutRequest.objects.with_state().select_related(*ABOUT, "school")
    request: OptOutRequest = requests.get(reference=reference)
    if request.decision_made:  # type: ignore[attr-defined]
        raise NotNowError("This opt-out has its pupil already.")
    return request


def _decision(
    request: OptOutRequest, pupil: Pupil, at: datetime, by: User | None = None
) -> Decision:
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
        recorded_at=at,
        recorded_by=by,
        request=request,
    )
