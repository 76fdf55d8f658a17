"""Entries and rows of what the disclosure log is filtered by, in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from sharing.models import Disclosure
from sharing.review.desk.result_rules import NO_ROWS, Kind, Result, Rows, result_of, rows_of


@dataclass(frozen=True, slots=True)
class Totals:
    """How many entries there are, how many of each result that occurs, and their rows."""

    entries: int
    results: Mapping[Result, int]
    rows: Rows


# The parts of a `Kind`, in their order, and the disclosures of which each holds.
_KIND = {
    "of_outcome": "outcome",
    "is_out_of_line": "out_of_line",
    "is_received": Q(direction=Disclosure.Direction.RECEIVED),
    "is_by_hand": Q(origin=Disclosure.Origin.AFTER_THE_FACT),
    "is_undone": Q(undone__isnull=False),
}
_ROWS = ("rows_released", "rows_reduced", "rows_withheld")


def kind_of(disclosure: Disclosure) -> Kind:
    """Return what the result of a disclosure follows from; no query where `undone` is loaded."""
    return Kind(
        outcome=disclosure.outcome,
        out_of_line=disclosure.out_of_line,
        received=disclosure.direction == Disclosure.Direction.RECEIVED,
        by_hand=disclosure.origin == Disclosure.Origin.AFTER_THE_FACT,
        undone=hasattr(disclosure, "undone"),
    )


def rows_in(disclosure: Disclosure) -> Rows | None:
    """Return the rows of a disclosure; None where it has none to count, such as a table of statistics."""
    if disclosure.rows_total is None:
        return None
    decided = (disclosure.rows_released, disclosure.rows_reduced, disclosure.rows_withheld)
    return rows_of(kind_of(disclosure), Rows(*(number or 0 for number in decided)))


def totals_of(disclosures: QuerySet[Disclosure]) -> Totals:
    """Count entries and rows; 1 query, which reads no line."""
    groups = (
        disclosures.order_by()
        .annotate(
            **{name: F(part) if isinstance(part, str) else part for name, part in _KIND.items()}
        )
        .values_list(*_KIND)
        .annotate(Count("pk"), *(Sum(column, default=0) for column in _ROWS))
    )
    results: Counter[Result] = Counter()
    rows = NO_ROWS
    for *parts, entries, released, reduced, withheld in groups:
        kind = Kind(*parts)
        results[result_of(kind)] += entries
        rows += rows_of(kind, Rows(released, reduced, withheld))
    return Totals(results.total(), {each: results[each] for each in Result if results[each]}, rows)
