"""Read the controls and what was said of them; each function says how many queries it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet

from sharing.models import ControlResult, ControlRun, Resumption

NIGHTS = 400


@dataclass(frozen=True, slots=True)
class Night:
    """A day and the controls that ran on it, oldest first; none where the control did not run."""

    on: date
    runs: Sequence[ControlRun]


def runs() -> QuerySet[ControlRun]:
    """Return every control with its results, newest first; 2 queries."""
    results = ControlResult.objects.select_related(
        "scheme__recipient", "agreement_version__agreement", "purpose"
    )
    return ControlRun.objects.select_related("by").prefetch_related(Prefetch("results", results))


def last_run() -> ControlRun | None:
    """Return the newest control with its results; at most 2 queries."""
    return runs().first()


def nights(today: date) -> list[Night]:
    """Return the last 400 days, newest first, back to the first control; 3 queries.

    A day on which no control ran stands among them.
    """
    first = ControlRun.objects.order_by("on").values_list("on", flat=True).first()
    if first is None:
        return []
    since = max(first, today - timedelta(days=NIGHTS - 1))
    by_day: dict[date, list[ControlRun]] = {}
    for run in runs().filter(on__gte=since).order_by("pk"):
        by_day.setdefault(run.on, []).append(run)
    return [Night(on, by_day.get(on, [])) for on in _days_back(today, since)]


def _days_back(today: date, since: date) -> Iterator[date]:
    for days in range((today - since).days + 1):
        yield today - timedelta(days=days)


def resumptions() -> QuerySet[Resumption]:
    """Return what officers said after controls that failed, with the answers, newest first; 1 query."""
    return Resumption.objects.select_related("by", "run", "answer__by").order_by("-pk")
