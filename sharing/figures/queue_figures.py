"""How long things wait in each list of things to do (K1): the lists are those that the start page counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db.models import F, Model, QuerySet
from django.db.models.functions import Coalesce

from consent.decisions.objecting import waiting_objections
from consent.decisions.opting_in import tellings_for
from consent.identities import proposing
from consent.identities.same_children import questions_for
from consent.keying.keying import checks_for
from consent.protection.queries import news_for
from consent.queries import own_pupils, requests_to_match
from consent.roll.waiting_moves import moves_for
from notices.queries import open_reports
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, start_of
from privacy_portal.ground.row_counts import counts_since
from sharing.amendments import queries as amendments
from sharing.disclosures.queries import not_signed_off
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.rules import BANDS, Band
from sharing.policy.queries import changes_to_check
from sharing.requests import queries as requests
from sharing.review import destruction, incidents, questioning, recalling

Load = Callable[[User, datetime], QuerySet[Model]]


@dataclass(frozen=True, slots=True)
class Queue:
    """A list of things to do at an address, with its filters. `since` is when each of them began to wait:
    an instant, or with `by_day` a day."""

    heading: str
    address: str
    rows: Load
    since: str | Coalesce
    filters: tuple[tuple[str, str], ...] = ()
    by_day: bool = False


QUEUES = (
    Queue("Incidents", "staff-incidents", lambda user, at: incidents.open_incidents(), "opened_at"),
    Queue("Recalls", "staff-recalls", lambda user, at: recalling.open_recalls(), "found_at"),
    Queue("Objections", "staff-objections", lambda user, at: waiting_objections(), "received_at"),
    Queue(
        "Requests to decide", "staff-requests", lambda user, at: requests.requests_to_decide(),
        "request__at", (("status", "open"),),
    ),
    Queue(
        "Requests to answer", "staff-requests", lambda user, at: requests.requests_to_answer(),
        "request__at", (("status", "answer"),),
    ),
    Queue(
        "Corrections and complaints", "staff-reports", lambda user, at: open_reports(),
        "received_at",
    ),
    Queue(
        "Data to delete, overdue", "staff-keeping",
        lambda user, at: destruction.due_before(day_of(at)), "destroy_by", (("due", "overdue"),), by_day=True,
    ),
    Queue(
        "Disclosures to sign off", "staff-disclosures", lambda user, at: not_signed_off(), "at",
        (("signed_off", "no"),),
    ),
    Queue(
        "Questions about disclosures", "staff-disclosures",
        lambda user, at: questioning.to_answer(), "asked_at", (("questions", "open"),),
    ),
    Queue("Amendments to make", "staff-amendments", lambda user, at: amendments.due(), "found_at"),
    Queue(
        "Amendments not confirmed", "staff-amendments", lambda user, at: amendments.waiting(),
        "sent_at", (("which", "sent"),),
    ),
    Queue(
        "Changes to the policy to check", "staff-policy-drafts",
        lambda user, at: changes_to_check(user), "at", (("status", "to-check"),),
    ),
    Queue(
        "Opt-outs to match", "staff-opt-outs", lambda user, at: requests_to_match(user),
        "received_at",
    ),
    Queue(
        "People to tell about an opt-in", "staff-tellings",
        lambda user, at: tellings_for(own_pupils(user)), "decision__recorded_at",
    ),
    Queue(
        "Second checks", "staff-looks", lambda user, at: checks_for(user), "decision__recorded_at"
    ),
    Queue(
        "Pupils on another school’s records", "staff-moves", lambda user, at: moves_for(user),
        Coalesce("since", "at"),
    ),
    Queue(
        "Possible duplicate records", "staff-same-children", lambda user, at: questions_for(user),
        "at",
    ),
    Queue(
        "Records to merge", "staff-merge", lambda user, at: proposing.proposals_for(user), "at"
    ),
    Queue("News about pupils", "staff-pupil-news", lambda user, at: news_for(user), "at"),
)  # fmt: skip


def topic(to: Addresses, at: datetime) -> Topic:
    """Return how long things wait in the lists that the reader may open; 2 queries, and as many as
    `questions_for` and `checks_for` take before they are counted."""
    open_to = [queue for queue in QUEUES if to.of(queue.address)]
    today = day_of(at)
    counts = counts_since(
        {queue.heading: _began(queue, to.reader, at) for queue in open_to},
        {queue.heading: _limits(queue, today) for queue in open_to},
    )
    rows = []
    for queue in open_to:
        *since, total = counts[queue.heading]
        edges = [0, *since, total]
        numbers = [
            Number(until - before, _address(queue, band, today, to))
            for band, (before, until) in zip(BANDS, pairwise(edges), strict=True)
        ]
        if total:
            address = to.of(queue.address, **dict(queue.filters))
            rows.append(Row(queue.heading, [*numbers, Number(total, address)], address))
    figure = Figure(
        "waiting", "How long things have been waiting", "List",
        [*(band.label for band in BANDS), "All"], rows, drawn=len(BANDS),
        note="Only lists that you can open and that something is waiting in.",
        empty="Nothing is waiting.",
    )  # fmt: skip
    return Topic([], [panel(figure, Kind.BARS)])


def _began(queue: Queue, user: User, at: datetime) -> QuerySet[Model]:
    """Return what is in a queue, with when each of it began to wait."""
    since = F(queue.since) if isinstance(queue.since, str) else queue.since
    rows: QuerySet[Model] = queue.rows(user, at).annotate(began=since)
    return rows


def _limits(queue: Queue, today: date) -> list[date | datetime]:
    """Return when things of each band, but for the oldest, began to wait at the earliest."""
    days = [first for band in BANDS if (first := band.received(today)[0])]
    return [day if queue.by_day else start_of(day) for day in days]


def _address(queue: Queue, band: Band, today: date, to: Addresses) -> str:
    """Return where things of this age are listed: only the disclosure log can be filtered by the day of its
    entries."""
    if queue.address == "staff-disclosures" and queue.since == "at":
        return to.log(band.received(today), **dict(queue.filters))
    return ""
