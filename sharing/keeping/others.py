"""What is erased besides pupils: forms that fitted nobody, texts of requests for data, notes about what was
shared, and signed agreements (R2). Each goes in a transaction of its own, once the rule is asked again under lock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Least

from consent.keeping import old_forms
from privacy_portal.ground import locks
from privacy_portal.ground.days import day_of
from privacy_portal.ground.keeping.erasing import Extent, What, erase, log_erasures
from privacy_portal.ground.log.models import Erasure
from privacy_portal.ground.terms import current as terms
from sharing.agreements.signing import FOLDER as AGREEMENTS
from sharing.auditing.verifying import KINDS
from sharing.models import (
    AgreementVersion,
    DataRequestStep,
    DecisionAnswer,
    Disclosure,
    DisclosureAnswer,
    DisclosureQuestion,
    DueDeletion,
    IncidentStep,
    KeepingStep,
    Override,
    OverrideStep,
    RequestDecision,
    RequestDetails,
    Restriction,
    Signing,
    SignOff,
)
from sharing.requests.queries import settled_requests
from sharing.review.destruction import FOLDER as CERTIFICATES
from sharing.review.incidents import open_incidents
from sharing.review.recalling import open_recalls

# Of a disclosure: what officers wrote about it, by model, and what leads from the row to the disclosure.
NOTES: Mapping[Any, str] = {
    SignOff: "disclosure",
    KeepingStep: "disclosure",
    DisclosureQuestion: "disclosure",
    DisclosureAnswer: "question__disclosure",
    IncidentStep: "incident__disclosure",
    Override: "disclosure",
    OverrideStep: "override__disclosure",
    Restriction: "disclosure",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is erased by its own time: `rule` is its keeping time. `past_time` returns the things
    whose time is over at an instant, `extent` what goes with one, `key` how the log names it. `lock` keeps others
    from changing one by hand; None where nobody can any more."""

    what: Erasure.What
    rule: str
    past_time: Callable[[datetime], QuerySet[Any]]
    extent: Callable[[Any], Extent]
    key: Callable[[Any], str]
    lock: Callable[[Any], None] | None


def erase_others(*, at: datetime) -> int:
    """Erase everything of these kinds whose time is over; return how many things."""
    return sum(
        _erase(kind, thing, at)
        for kind in OTHERS
        for thing in list(kind.past_time(at).order_by("pk"))
    )


def _erase(kind: Kind, thing: Any, at: datetime) -> bool:
    with transaction.atomic():
        if kind.lock is not None:
            kind.lock(thing)
        if not kind.past_time(at).filter(pk=thing.pk).exists():
            return False
        extent, key = kind.extent(thing), kind.key(thing)
        log_erasures(erase(kind.what, key, extent, rule=kind.rule, kinds=KINDS, by=None, at=at))
    return True


def _before(rule: str, at: datetime) -> datetime:
    """Return the instant before which a time of so many years is over, in doubt a day earlier."""
    return at - timedelta(days=366 * terms.number(rule))


def requests_past_time(at: datetime) -> QuerySet[RequestDetails]:
    """Return the newest details of each request for data that was answered or withdrawn, and about which nothing
    was done for longer than it is kept; 1 query."""
    since = _before("request_keep_years", at)
    of_request = {"request": OuterRef("request")}
    lately = (
        RequestDetails.objects.filter(**of_request, at__gte=since),
        RequestDecision.objects.filter(**of_request, at__gte=since),
        DecisionAnswer.objects.filter(decision__request=OuterRef("request"), at__gte=since),
        DataRequestStep.objects.filter(**of_request, at__gte=since),
        Disclosure.objects.filter(request_decision__request=OuterRef("request"), at__gte=since),
    )
    settled = settled_requests().filter(Q(withdrawn=True) | Q(answered=True), erased=False)
    return settled.filter(*(~Exists(rows) for rows in lately))


def _request(details: RequestDetails) -> Extent:
    request = details.request_id
    rows = (
        RequestDetails.objects.filter(request=request),
        RequestDecision.objects.filter(request=request),
        DecisionAnswer.objects.filter(decision__request=request),
        DataRequestStep.objects.filter(request=request),
    )
    return Extent({found.model: list(found.values_list("pk", flat=True)) for found in rows})


def notes_past_time(at: datetime) -> QuerySet[Disclosure]:
    """Return the disclosures of longer ago than notes are kept about which officers wrote something, and about
    which nothing is open; 1 query."""
    written = Q(erased=False) & ~Q(note="", request_reference="")
    for model, path in NOTES.items():
        written |= Q(Exists(model.objects.filter(**{path: OuterRef("pk")}, erased=False)))
    is_open = (
        DueDeletion.objects.filter(disclosure=OuterRef("pk")),
        open_incidents().filter(disclosure=OuterRef("pk")),
        open_recalls().filter(disclosure=OuterRef("pk")),
        DisclosureQuestion.objects.filter(disclosure=OuterRef("pk"), answer=None),
        Restriction.objects.filter(disclosure=OuterRef("pk"), until__gte=day_of(at)),
    )
    old = Disclosure.objects.filter(written, at__lt=_before("note_keep_years", at))
    return old.filter(*(~Exists(rows) for rows in is_open))


def _notes(disclosure: Disclosure) -> Extent:
    rows: dict[Any, list[int]] = {Disclosure: [disclosure.pk]}
    for model, path in NOTES.items():
        found = model.objects.filter(**{path: disclosure})
        rows[model] = list(found.values_list("pk", flat=True))
    steps = KeepingStep.objects.filter(disclosure=disclosure, file__isnull=False)
    files: list[UUID] = [file for file in steps.values_list("file", flat=True) if file]
    return Extent(rows, [(CERTIFICATES, file) for file in files])


def agreements_past_time(at: datetime) -> QuerySet[Signing]:
    """Return the signings of versions that ended longer ago than signed agreements are kept; 1 query."""
    before = day_of(_before("agreement_keep_years", at))
    versions = AgreementVersion.objects.annotate(ended=Least("ends", "terminated_on"))
    return Signing.objects.filter(
        version__in=versions.filter(ended__lt=before), erased=False
    ).select_related("version")


def _agreement(signing: Signing) -> Extent:
    return Extent({Signing: [signing.pk]}, [(AGREEMENTS, signing.file)])


OTHERS = (
    Kind(
        What.FORM, old_forms.RULE, old_forms.past_time, old_forms.extent_of,
        lambda form: str(form.reference),
        lambda form: locks.take_one(locks.Row.REQUEST, form.pk),
    ),
    Kind(
        What.REQUEST, "request_keep_years", requests_past_time, _request,
        lambda details: str(details.request_id),
        lambda details: locks.take_one(locks.Row.DATA_REQUEST, details.request_id),
    ),
    Kind(
        What.DISCLOSURE, "note_keep_years", notes_past_time, _notes,
        lambda disclosure: str(disclosure.entry),
        lambda disclosure: locks.take_one(locks.Row.DISCLOSURE, disclosure.pk),
    ),
    Kind(
        What.AGREEMENT, "agreement_keep_years", agreements_past_time, _agreement,
        lambda signing: str(signing.version_id), None,
    ),
)  # fmt: skip
