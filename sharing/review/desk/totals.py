"""Entries and rows of what the disclosure log is filtered by, in numbers.

Most of the log was counted once, a stretch at a time, and most of what is signed off (`stretches`). Numbers of
what is filtered are those of these counts, with what is newer or of a part of a month counted now. What they do
not tell, such as schools, is counted entry by entry, and not beyond `MOST` unless somebody asks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast

from privacy_portal.ground.days import end_of, months_later, start_of
from sharing.models import Disclosure, SignedCount, StretchCount
from sharing.review.desk.filters import DisclosureFilter
from sharing.review.desk.result_rules import NO_ROWS, Kind, Result, Rows, result_of, rows_of
from sharing.review.desk.stretches import counted_until

MOST = 5_000


@dataclass(frozen=True, slots=True)
class Totals:
    """How many entries there are, how many of each result that occurs, and their rows."""

    entries: int
    results: Mapping[Result, int]
    rows: Rows


# The parts of a `Kind`, in their order, and the disclosures of which each holds.
_KIND: Mapping[str, Any] = {
    "of_outcome": F("outcome"),
    "is_out_of_line": F("out_of_line"),
    "is_received": Q(direction=Disclosure.Direction.RECEIVED),
    "is_by_hand": Q(origin=Disclosure.Origin.AFTER_THE_FACT),
    "is_undone": Q(undone__isnull=False),
}
_NEVER: Mapping[str, Any] = {"is_undone": Value(False)}
_OF_COUNTS = {**_KIND, "is_received": F("received"), "is_by_hand": F("by_hand"), **_NEVER}
_ROWS = ("rows_released", "rows_reduced", "rows_withheld")
# What counts tell apart; of results `result_of` does.
_TOLD = frozenset(
    ("recipient", "agreement", "purpose", "officer", "sample", "first", "last", "outcome")
)
_Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Months:
    """The whole months that a filter by days leaves, from `begin` until before `end`, each None where it
    sets no limit."""

    begin: date | None
    end: date | None

    @property
    def empty(self) -> bool:
        """Return whether there is none."""
        return self.begin is not None and self.end is not None and self.begin >= self.end


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


def totals_of(log: DisclosureFilter, *, at_most: int | None = MOST) -> Totals | None:
    """Count the entries that are filtered, and their rows; None where there are more than `at_most`, and
    counts do not tell how many. 2 queries, of which none reads a line."""
    chosen = log.chosen
    signed_off = chosen.pop("signed_off", None)
    months = _whole_months(chosen.get("first"), chosen.get("last"))
    told = _TOLD | {"words"} if "words" in chosen and log.meaning.only_agreements else _TOLD
    if not log.valid or not told.issuperset(chosen) or signed_off in ("no", "mine"):
        return _counted(log.rows, at_most)
    counted = None if months.empty else _of_signed(log) if signed_off else _of_stretches(log)
    if counted is None:
        return _counted(log.rows, None)
    return _added_up(log, counted, months)


def _counted(rows: QuerySet[Disclosure], at_most: int | None) -> Totals | None:
    """Count entries one by one, but no more than one beyond `at_most`; 1 query."""
    kinds = rows.order_by().annotate(**_KIND).values(*_KIND, *_ROWS)
    try:
        sql, values = kinds[: at_most and at_most + 1].query.sql_with_params()
    except EmptyResultSet:
        return _totals(())
    parts = ", ".join(_KIND)
    sums = ", ".join(f"COALESCE(SUM({name}), 0)" for name in _ROWS)
    with connection.cursor() as cursor:
        # Django's own SQL, with its values apart.
        cursor.execute(
            f"SELECT {parts}, COUNT(*), {sums} FROM ({sql}) entry GROUP BY {parts}",  # noqa: S608
            values,
        )
        totals = _totals(cursor.fetchall())
    return None if at_most is not None and totals.entries > at_most else totals


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts of what was counted, the disclosures in them, and those that are not, both filtered but for
    the outcome."""

    counts: QuerySet[Any]
    before: QuerySet[Disclosure]
    since: QuerySet[Disclosure]


def _of_stretches(log: DisclosureFilter) -> _Counted | None:
    """Return what stretches counted; None where none did; 1 query."""
    stretch = counted_until()
    if stretch is None:
        return None
    rows = log.rows_but_for("outcome")
    counts = StretchCount.objects.filter(stretch__lte=stretch)
    return _Counted(
        counts, rows.filter(entry__lte=stretch.last), rows.filter(entry__gt=stretch.last)
    )


def _of_signed(log: DisclosureFilter) -> _Counted:
    """Return what was counted of what is signed off; no query."""
    rows, since = log.rows_but_for("outcome"), {"uncounted_sign_off__isnull": False}
    return _Counted(SignedCount.objects.all(), rows.exclude(**since), rows.filter(**since))


def _added_up(log: DisclosureFilter, counted: _Counted, months: _Months) -> Totals:
    """Add what was counted to what was not; 1 query."""
    before = counted.before
    undone = before.filter(*_of_months(months), undone__isnull=False)
    parts = [
        _groups(_alike(log, months, counted.counts), _OF_COUNTS, "entries"),
        _groups(counted.since),
        # What did not leave after all was counted before that was known.
        _groups(undone, {**_KIND, **_NEVER}, sign=-1),
        _groups(undone),
    ]
    if months.begin is not None:
        parts.append(_groups(before.filter(at__lt=start_of(months.begin))))
    if months.end is not None:
        parts.append(_groups(before.filter(at__gte=start_of(months.end))))
    return _totals(parts[0].union(*parts[1:], all=True), log.chosen.get("outcome"))


def _whole_months(first: date | None, last: date | None) -> _Months:
    begin = first and months_later((first - timedelta(days=1)).replace(day=1), 1)
    end = last and (last + timedelta(days=1)).replace(day=1)
    return _Months(begin or None, end or None)


def _of_months(months: _Months) -> list[Q]:
    """Return what disclosures fulfil that were logged in these months."""
    begin, end = months.begin, months.end
    return [
        *([Q(at__gte=start_of(begin))] if begin else ()),
        *([Q(at__lte=end_of(end - timedelta(days=1)))] if end else ()),
    ]


def _alike(log: DisclosureFilter, months: _Months, counts: QuerySet[Any]) -> QuerySet[Any]:
    """Return those counts that filters leave in these months."""
    chosen = log.chosen
    if "words" in chosen:
        counts = counts.filter(agreement_reference__in=log.meaning.agreements)
    for name, column in (
        ("recipient", "recipient__code"),
        ("agreement", "agreement_reference"),
        ("purpose", "purpose__code"),
        ("officer", "by"),
    ):
        if value := chosen.get(name):
            counts = counts.filter(**{column: value})
    if months.begin is not None:
        counts = counts.filter(month__gte=months.begin)
    if months.end is not None:
        counts = counts.filter(month__lt=months.end)
    match chosen.get("sample"):
        case None:
            return counts
        case "any":
            return counts.exclude(sampled=[])
        case "no":
            return counts.filter(sampled=[])
        case why:
            return counts.filter(sampled__contains=[why])


def _groups(
    rows: QuerySet[Any],
    kind: Mapping[str, Any] = _KIND,
    entries: str | None = None,
    *,
    sign: int = 1,
) -> QuerySet[Any, _Group]:
    """Return how many of these rows there are of each kind, or how many `entries` they count, and their sums;
    less than none of them with the sign -1."""
    number = Sum(entries, default=0) if entries else Count("pk")
    sums = (number, *(Sum(column, default=0) for column in _ROWS))
    groups: QuerySet[Any, _Group] = (
        rows.order_by()
        .annotate(**kind)
        .values_list(*kind)
        .annotate(
            **{
                f"sum_{place}": Cast(each * Value(sign), BigIntegerField())
                for place, each in enumerate(sums)
            }
        )
    )
    return groups


def _totals(groups: Iterable[_Group], only: str | None = None) -> Totals:
    """Add groups up, or those with one result."""
    results: Counter[Result] = Counter()
    rows = NO_ROWS
    for *parts, entries, released, reduced, withheld in groups:
        kind = Kind(*parts)
        result = result_of(kind)
        if only in (None, result):
            results[result] += entries
            rows += rows_of(kind, Rows(int(released), int(reduced), int(withheld)))
    return Totals(results.total(), {each: results[each] for each in Result if results[each]}, rows)
