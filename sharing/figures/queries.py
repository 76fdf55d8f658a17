"""Numbers of the disclosure log by month and organisation; no line of a disclosure is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Max, QuerySet, Sum
from django.db.models.functions import TruncMonth

from privacy_portal.ground.days import LONDON
from sharing.figures.counting import NUMBERS, between
from sharing.models import CountedWeek, Disclosure, WeekCount

COLUMNS = tuple(NUMBERS)


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The log entries of a month about an organisation (None: not known), and the rows of their files.

    `pupils` are those of the month until the last week that was counted.
    """

    month: date
    recipient: int | None
    released: int = 0
    reduced: int = 0
    refused: int = 0
    received: int = 0
    not_allowed: int = 0
    rows: int = 0
    rows_withheld: int = 0
    pupils: int = 0
    undone: int = 0

    @property
    def entries(self) -> int:
        """Return the number of entries with whatever result."""
        results = self.released, self.reduced, self.refused, self.received, self.not_allowed
        return sum(results) + self.undone


@dataclass(frozen=True, slots=True)
class LogCounts:
    """The numbers of the log from a month on: what weeks that have ended hold, and what came since.

    `pupils` are the different pupils of each month, with whichever organisation, until `counted_until`
    (None: no week was counted yet).
    """

    counts: Sequence[MonthCount]
    pupils: dict[date, int]
    counted_until: date | None

    def of(self, recipient: int | None) -> "LogCounts":
        """Return the numbers of one organisation alone."""
        own = [count for count in self.counts if count.recipient == recipient]
        pupils: dict[date, int] = {}
        for count in own:
            pupils[count.month] = max(count.pupils, pupils.get(count.month, 0))
        return LogCounts(own, pupils, self.counted_until)


def log_counts(first: date) -> LogCounts:
    """Return the numbers of the log from the month that begins on `first`; 5 queries.

    Weeks that have ended are read as they were counted; of the disclosures themselves only those since.
    """
    weeks = CountedWeek.objects.order_by()
    counted_until = weeks.aggregate(last=Max("last"))["last"]
    months = weeks.filter(first__gte=first).annotate(month=TruncMonth("first"))
    pupils = dict(months.values_list("month").annotate(Max("pupils")))
    since = max(first, counted_until + timedelta(days=1)) if counted_until else first
    return LogCounts(
        [*_counted(first), *_live(between(since)), *_not_sent(first)], pupils, counted_until
    )


def _live(entries: QuerySet[Disclosure]) -> list[MonthCount]:
    """Count disclosures themselves by month and organisation."""
    rows = (
        entries.annotate(month=TruncMonth("at", tzinfo=LONDON))
        .order_by()
        .values_list("month", "recipient")
        .annotate(**NUMBERS)
    )
    return [MonthCount(month.date(), *numbers) for month, *numbers in rows]


def _not_sent(first: date) -> list[MonthCount]:
    """Return what was not sent after all, less by the result that it had (few, found by the index of
    `Undone`)."""
    return [
        MonthCount(
            count.month,
            count.recipient,
            **{name: -getattr(count, name) for name in COLUMNS} | {"undone": count.entries},
        )
        for count in _live(between(first).filter(undone__isnull=False))
    ]


def _counted(first: date) -> list[MonthCount]:
    of_week: QuerySet[WeekCount] = WeekCount.objects.filter(week__first__gte=first)
    rows = (
        of_week.annotate(month=TruncMonth("week__first"))
        .order_by()
        .values_list("month", "recipient")
        .annotate(**{f"all_{name}": Sum(F(name)) for name in COLUMNS}, most=Max("pupils"))
    )
    return [MonthCount(*row) for row in rows]
