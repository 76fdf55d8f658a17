"""Reads of requests for data; each says how many queries it takes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from consent.models import Pupil
from consent.queries import standing_for
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.days import day_of, months_later, start_of
from privacy_portal.ground.names import folded_name
from sharing import request_rules as rules
from sharing.models import (
    DataRequest,
    DataRequestStep,
    DecidedPupil,
    DecisionAnswer,
    Disclosure,
    RequestDecision,
    RequestDetails,
)

Step = DataRequestStep.Kind


class State(StrEnum):
    """How far a request is."""

    OPEN = "open"
    TO_APPROVE = "to-approve"
    DECIDED = "decided"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


def current_details() -> QuerySet[RequestDetails]:
    """Return the newest details of each request, with the decision that stands (`stands`: its kind) and
    whether it applies (`applies`), who decided it (`decided_by`), and whether it is withdrawn and
    answered; newest first. 1 query."""
    sent_back = DecisionAnswer.objects.filter(decision=OuterRef("pk"), agrees=False)
    standing = RequestDecision.objects.filter(
        ~Exists(sent_back), request=OuterRef("request")
    ).order_by("-number")
    applying = standing.filter(Q(second_reasons=[]) | Q(answer__agrees=True))
    steps = DataRequestStep.objects.filter(request=OuterRef("request"))
    return (
        _newest_details()
        .select_related("request__by", "recipient", "purpose", "by")
        .annotate(
            stands=Subquery(standing.values("kind")[:1]),
            decided_by=Subquery(standing.values("by")[:1]),
            applies=Exists(applying),
            withdrawn=Exists(steps.filter(kind=Step.WITHDRAWN)),
            answered=Exists(steps.filter(kind=Step.ANSWERED)),
        )
        .order_by("-request_id")
    )


def _newest_details() -> QuerySet[RequestDetails]:
    newer = RequestDetails.objects.filter(
        request=OuterRef("request"), number__gt=OuterRef("number")
    )
    return RequestDetails.objects.filter(~Exists(newer))


def state_of(details: RequestDetails) -> State:
    """Return how far a request is, by its details as `current_details` reads them."""
    if annotated(details, "withdrawn", bool):
        return State.WITHDRAWN
    if annotated(details, "applies", bool):
        return State.ANSWERED if annotated(details, "answered", bool) else State.DECIDED
    if getattr(details, "stands", None):
        return State.TO_APPROVE
    return State.OPEN


def open_requests() -> QuerySet[RequestDetails]:
    """Return the requests on which no decision applies yet, the soonest to be decided first; 1 query."""
    return current_details().filter(Q(applies=False), Q(withdrawn=False)).order_by("due_at", "pk")


def requests_to_decide() -> QuerySet[RequestDetails]:
    """Return the open requests on which nobody has decided, or whose decision was sent back; 1 query."""
    return open_requests().filter(Q(stands__isnull=True))


def requests_to_answer() -> QuerySet[RequestDetails]:
    """Return the requests that are decided and not answered yet, the soonest due first; 1 query."""
    decided = current_details().filter(Q(applies=True), Q(withdrawn=False), Q(answered=False))
    return decided.order_by("due_at", "pk")


def overdue_requests(at: datetime) -> QuerySet[RequestDetails]:
    """Return the open requests that should have been decided by now, longest overdue first; 1 query."""
    return open_requests().filter(due_at__lt=at)


def settled_requests() -> QuerySet[RequestDetails]:
    """Return the requests that are decided or withdrawn, newest first; 1 query."""
    return current_details().filter(Q(applies=True) | Q(withdrawn=True))


def requests_to_approve(user: User) -> QuerySet[RequestDetails]:
    """Return the requests whose decision waits for a second officer and is not the user's; 1 query."""
    waiting = open_requests().filter(Q(stands__isnull=False))
    return waiting.exclude(Q(decided_by=user.pk))


def requests_waiting(user: User) -> QuerySet[RequestDetails]:
    """Return the requests whose decision is the user's and waits for another officer; 1 query."""
    return open_requests().filter(Q(stands__isnull=False), Q(decided_by=user.pk))


def details_of(number: int) -> RequestDetails | None:
    """Return the newest details of the request with this number; 1 query."""
    return current_details().filter(request=number).first()


def pupils_of(details: RequestDetails) -> list[Pupil]:
    """Return the pupils that a request is about, a merged record as the one it was merged into; 1 query,
    and 1 for each pupil."""
    rows = details.pupils.select_related("pupil__school")
    pupils = (standing_for(row.pupil) for row in rows)
    return list({pupil.pk: pupil for pupil in pupils}.values())


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision on a request, with the second officer's answer if there is one."""

    decision: RequestDecision
    answer: DecisionAnswer | None

    @property
    def stands(self) -> bool:
        """Return whether no second officer sent it back."""
        return self.answer is None or self.answer.agrees

    @property
    def applies(self) -> bool:
        """Return whether it needs no second officer, or one has agreed."""
        return self.answer.agrees if self.answer else not self.decision.second_reasons

    @property
    def since(self) -> datetime:
        """Return from when it applies or would."""
        return self.answer.at if self.answer else self.decision.at

    @property
    def shares(self) -> bool:
        """Return whether something is shared by it."""
        return self.decision.kind != RequestDecision.Kind.REFUSE


def decisions_on(request: DataRequest) -> list[DecisionRow]:
    """Return the decisions on a request, in their order, with what was decided about each pupil; 2
    queries."""
    pupils = Prefetch("pupils", DecidedPupil.objects.select_related("pupil__school").order_by("pk"))
    decisions = (
        RequestDecision.objects.filter(request=request)
        .select_related("by", "answer__by", "details")
        .prefetch_related(pupils)
        .order_by("number")
    )
    return [DecisionRow(row, getattr(row, "answer", None)) for row in decisions]


def standing_decision(request: DataRequest) -> DecisionRow | None:
    """Return the decision on a request that nobody sent back; 2 queries."""
    rows = [row for row in decisions_on(request) if row.stands]
    return rows[-1] if rows else None


def is_withdrawn(request: DataRequest) -> bool:
    """Return whether the asker withdrew the request; 1 query."""
    return request.steps.filter(kind=Step.WITHDRAWN).exists()


def records_of(rows: Iterable[DecidedPupil]) -> dict[int, int]:
    """Return for each pupil of a decision, by id, the record that stands for them now; 1 query for each
    pupil, and 1 for each merge."""
    return {row.pupil_id: standing_for(row.pupil).pk for row in rows}


def disclosures_of(request: DataRequest) -> QuerySet[Disclosure]:
    """Return what was shared on a request, in the order of the log; 1 query."""
    shared = Disclosure.objects.filter(request_decision__request=request)
    return shared.select_related("by", "incident", "undone").order_by("entry")


def facts_of(details: RequestDetails, special_items: Collection[str], pupils: int) -> rules.Request:
    """Return a request as the rules need it; `special_items` are the items of a special category."""
    return rules.Request(
        asker=details.asker_name,
        organisation=details.organisation,
        contact=details.contact,
        check=details.asker_check,
        pupils=pupils,
        others=details.others,
        items=frozenset(details.items),
        words=details.words,
        purpose=details.why,
        power=details.power,
        power_words=details.power_words,
        necessity=details.necessity,
        special_category=details.special_category or bool(set(details.items) & set(special_items)),
        condition=details.condition,
        view=details.view,
    )


def asked(details: RequestDetails) -> rules.RequestInShort:
    """Return what makes a request one of a kind (Q2)."""
    return _asked(
        details.request_id,
        details.organisation_key,
        details.purpose.code if details.purpose else None,
        details.purpose_words,
        details.items,
        details.received_at,
    )


def _asked(
    number: int, key: str, purpose: str | None, words: str, items: Sequence[str], at: datetime
) -> rules.RequestInShort:
    return rules.RequestInShort(
        number, key, purpose or folded_name(words), frozenset(items), day_of(at)
    )


def places_of_kind(page: Sequence[RequestDetails]) -> dict[int, int]:
    """Return the place of each of these requests among those of its kind in the year up to it (Q2), by
    number; 1 query."""
    keys = {details.organisation_key for details in page} - {""}
    if not keys:
        return dict.fromkeys((details.request_id for details in page), 1)
    since = months_later(min(day_of(details.received_at) for details in page), -12)
    same = _newest_details().filter(organisation_key__in=keys, received_at__gte=start_of(since))
    return rules.places_of_kind(map(asked, page), _all_asked(same))


def all_places_of_kind() -> dict[int, int]:
    """Return the place of every request among those of its kind (Q2), by number; 1 query."""
    everything = _all_asked(_newest_details())
    return rules.places_of_kind(everything, everything)


def _all_asked(details: QuerySet[RequestDetails]) -> list[rules.RequestInShort]:
    columns = (
        "request_id", "organisation_key", "purpose__code", "purpose_words", "items", "received_at",
    )  # fmt: skip
    return [_asked(*row) for row in details.values_list(*columns)]


def is_overdue(details: RequestDetails, at: datetime) -> bool:
    """Return whether an open request should have been decided by now."""
    return state_of(details) in (State.OPEN, State.TO_APPROVE) and details.due_at < at


def decided_on(row: DecisionRow) -> date:
    """Return the day from which a decision applies."""
    return day_of(row.since)
