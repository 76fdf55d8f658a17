"""The log of requests for data as a table, for auditors: pupils appear by reference, and what officers
wrote in their own words is left out, since it may name somebody (L4)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from notices.queries import item_labels
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import LONDON, day_of
from privacy_portal.ground.log.appending import record
from sharing.models import (
    Disclosure,
    DisclosureLine,
    RequestDecision,
    RequestDetails,
    RequestedPupil,
)
from sharing.requests import queries, words

HEADINGS = (
    "Request", "Received", "How", "Recorded by", "Organisation", "Role of the asker",
    "How the asker was checked", "Pupils", "People not in pupil records", "Information asked for",
    "Other information asked for", "Special category data", "Purpose", "Legal power", "DPIA",
    "Data protection officer’s view", "Urgent", "Decide by", "Status", "Decision", "Decided by",
    "Decided", "Harm test", "Second officer", "Second officer agreed", "Information decided",
    "Information shared", "Log entries", "Of its kind in a year",
)  # fmt: skip
BATCH = 500
# What stands on the request in an officer's words, and not here.
IN_WORDS = "Described on the request"


def log_taken(*, by: User, at: datetime) -> None:
    """Log that an officer downloaded the log of requests (L6)."""
    with transaction.atomic():
        record("requests-exported", at=at, by=by)


def rows() -> Iterator[list[object]]:
    """Return a row for each request, newest first, under `HEADINGS`; 3 queries, and 5 for 500 requests."""
    labels, places = item_labels(), queries.all_places_of_kind()
    numbers = list(queries.current_details().values_list("pk", flat=True))
    for first in range(0, len(numbers), BATCH):
        batch = list(queries.current_details().filter(pk__in=numbers[first : first + BATCH]))
        people: dict[int, list[str]] = defaultdict(list)
        for requested in RequestedPupil.objects.filter(details__in=batch).select_related("pupil"):
            people[requested.details_id].append(str(requested.pupil.reference))
        decisions = {
            decision.request_id: queries.DecisionRow(decision, getattr(decision, "answer", None))
            for decision in RequestDecision.objects.filter(
                request__in=[details.request_id for details in batch]
            )
            .select_related("by", "answer__by")
            .order_by("number")
        }
        shared = _shared_on([details.request_id for details in batch])
        for details in batch:
            number = details.request_id
            decision = decisions.get(number)
            yield [
                *_asked(details, people[details.pk], labels),
                *_decided(details, decision if decision and decision.stands else None, labels),
                _items_shared(shared[number], labels),
                " ".join(map(str, shared[number].entries)),
                places[number],
            ]


@dataclass
class _Shared:
    """What was shared on a request: its log entries, in their order, and items, allowed or not."""

    entries: list[int] = field(default_factory=list)
    items: set[str] = field(default_factory=set)


def _shared_on(requests: Sequence[int]) -> dict[int, _Shared]:
    """Return what was shared on each of these requests; 2 queries. Items are those of anybody in the lines
    of the log."""
    shared: dict[int, _Shared] = defaultdict(_Shared)
    disclosures = Disclosure.objects.filter(request_decision__request__in=requests, undone=None)
    rows = disclosures.values_list("pk", "request_decision__request", "entry", "item_sets")
    sets = {}
    for disclosure, request, entry, item_sets in rows.order_by("entry"):
        shared[request or 0].entries.append(entry)
        sets[disclosure] = (shared[request or 0], item_sets)
    lines = DisclosureLine.objects.filter(disclosure__in=sets, item_set__isnull=False)
    for disclosure, place in lines.values_list("disclosure_id", "item_set").distinct():
        request_shared, item_sets = sets[disclosure]
        request_shared.items.update(item_sets[place or 0])
    return shared


def _items_shared(shared: _Shared, labels: dict[str, str]) -> str:
    if shared.entries and not shared.items:
        return IN_WORDS
    return words.items_in_words(sorted(shared.items), labels)


def _asked(details: RequestDetails, people: list[str], labels: dict[str, str]) -> list[object]:
    return [
        details.request_id,
        _received(details.received_at),
        details.get_channel_display(),
        details.request.by.name,
        details.organisation,
        details.asker_role,
        details.get_asker_check_display(),
        " ".join(sorted(people)),
        details.others,
        words.items_in_words(details.items, labels),
        _yes(bool(details.words)),
        _yes(details.special_category),
        details.purpose.label if details.purpose else IN_WORDS if details.purpose_words else "",
        details.get_power_display(),
        details.dpia,
        details.get_view_display(),
        _yes(details.urgent),
        _moment(details.due_at),
        words.STATES[queries.state_of(details)][0],
    ]


def _decided(
    details: RequestDetails, row: queries.DecisionRow | None, labels: dict[str, str]
) -> list[object]:
    if row is None:
        return [""] * 7
    decision, answer = row.decision, row.answer
    harm = {None: "", True: "Sharing would harm more", False: "Sharing would not harm more"}
    return [
        decision.get_kind_display(),
        decision.by.name,
        _moment(decision.at),
        harm[decision.harmful],
        answer.by.name if answer else "",
        day_of(answer.at).isoformat() if answer else "",
        words.items_in_words(decision.items, labels) or (IN_WORDS if decision.words else ""),
    ]


def _moment(at: datetime) -> str:
    return at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M")


def _received(at: datetime) -> str:
    """Return when it was received; without a time where none was entered, which is kept as midnight."""
    return _moment(at).removesuffix(" 00:00")


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
