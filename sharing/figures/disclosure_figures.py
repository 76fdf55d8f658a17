"""Figures of the disclosure log: by month and organisation, with outcomes, rows and pupils (K1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.http import QueryDict

from notices.models import Recipient
from notices.queries import recipients
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.queries import LogCounts, MonthCount, log_counts
from sharing.figures.reading import first_month, menu, month_in_words, period, until_in_words
from sharing.figures.rules import month_end, months

# Each entry has one result, by which the log can be filtered: the number of it, and the filter's word.
RESULTS = (
    ("released", "released", "In full"),
    ("reduced", "reduced", "In part"),
    ("refused", "refused", "Refused"),
    ("received", "received", "Received"),
    ("not_allowed", "out-of-line", "Not allowed"),
    ("undone", "undone", "Not sent"),
)
# Those that are always told, also where there are none.
ALWAYS = 3
NOT_COUNTED = "Not counted yet"
Days = tuple[date, date]
Results = Sequence[tuple[str, str, str]]


def topic(asked: QueryDict, to: Addresses, today: date) -> Topic:
    """Return the figures of the log; 6 queries. Raises Http404 for a filter that there is not."""
    every = list(recipients().order_by("name"))
    time = period(asked)
    choices = [("", "All organisations"), *((one.code, one.name) for one in every)]
    chosen = menu(asked, "recipient", "Organisation", choices)
    first = first_month(time, today)
    counts = log_counts(first)
    if chosen.chosen:
        counts = counts.of(next(one.pk for one in every if one.code == chosen.chosen))
    span = months(first, today)
    results = [
        result
        for place, result in enumerate(RESULTS)
        if place < ALWAYS or any(getattr(count, result[0]) for count in counts.counts)
    ]
    figures = [
        _by_month(counts, span, results, chosen.chosen, to),
        _pupils(counts, span, chosen.chosen, to),
        _rows(counts, span, chosen.chosen, to),
    ]
    panels = [panel(figure, Kind.COLUMNS) for figure in figures]
    if not chosen.chosen:
        panels.append(panel(_by_organisation(counts, every, span, results, to), Kind.BARS))
    return Topic([time, chosen], panels)


def _by_month(
    counts: LogCounts, span: Sequence[date], results: Results, code: str, to: Addresses
) -> Figure:
    by_month = _grouped(counts.counts)
    rows = [
        Row(
            month_in_words(month),
            _by_result(by_month[month], _days(month), results, code, to),
        )
        for month in span
    ]
    return Figure(
        "log-by-month", "Entries by month", "Month", _headings(results), rows, drawn=len(results),
        note="Every entry of the disclosure log: what was shared, received and refused.",
    )  # fmt: skip


def _pupils(counts: LogCounts, span: Sequence[date], code: str, to: Addresses) -> Figure:
    by_month = _grouped(counts.counts)
    rows = []
    for month in span:
        entries = _entries(by_month[month], _days(month), code, to)
        numbers = [_of_pupils(counts, month, entries.value), entries]
        rows.append(Row(month_in_words(month), numbers, to.log(_days(month), recipient=code)))
    return Figure(
        "pupils-by-month", "Pupils by month", "Month", ["Pupils", "Entries"], rows,
        note=until_in_words(counts.counted_until),
    )  # fmt: skip


def _of_pupils(counts: LogCounts, month: date, entries: int) -> Number:
    """Return the pupils of a month; that they are not known where none is counted and not every entry is."""
    until = counts.counted_until
    counted = until is not None and until >= month_end(month)
    pupils = counts.pupils.get(month, 0)
    return Number(pupils, words="" if pupils or counted or not entries else NOT_COUNTED)


def _rows(counts: LogCounts, span: Sequence[date], code: str, to: Addresses) -> Figure:
    by_month = _grouped(counts.counts)
    rows = []
    for month in span:
        own = by_month[month]
        withheld = sum(count.rows_withheld for count in own)
        every = sum(count.rows for count in own)
        numbers = [Number(every - withheld), Number(withheld), Number(every)]
        rows.append(Row(month_in_words(month), numbers, to.log(_days(month), recipient=code)))
    return Figure(
        "rows-by-month", "Rows by month", "Month", ["Shared", "Withheld", "All"], rows, drawn=2,
        note="The rows of files that were shared in full or in part. Refused files are not counted.",
    )  # fmt: skip


def _by_organisation(
    counts: LogCounts,
    every: Sequence[Recipient],
    span: Sequence[date],
    results: Results,
    to: Addresses,
) -> Figure:
    days = span[0], month_end(span[-1])
    own: dict[int | None, list[MonthCount]] = defaultdict(list)
    for count in counts.counts:
        own[count.recipient].append(count)
    rows = [
        Row(one.name, _by_result(own[one.pk], days, results, one.code, to))
        for one in every
        if own[one.pk]
    ]
    if own[None]:
        # The log cannot be filtered by it.
        numbers = _by_result(own[None], days, results, "", to)
        rows.append(Row("Organisation not known", [Number(number.value) for number in numbers]))
    rows.sort(key=lambda row: -row.numbers[-1].value)
    return Figure(
        "log-by-organisation",
        "Entries by organisation",
        "Organisation",
        _headings(results),
        rows,
        drawn=len(results),
    )


def _days(month: date) -> Days:
    return month, month_end(month)


def _grouped(counts: Iterable[MonthCount]) -> dict[date, list[MonthCount]]:
    by_month: dict[date, list[MonthCount]] = defaultdict(list)
    for count in counts:
        by_month[count.month].append(count)
    return by_month


def _headings(results: Results) -> list[str]:
    return [*(heading for *_, heading in results), "All"]


def _by_result(
    counts: Iterable[MonthCount], days: Days, results: Results, code: str, to: Addresses
) -> list[Number]:
    """Return the numbers of each result and of all, each with its list in the log."""
    own = list(counts)
    return [
        *(
            Number(
                sum(getattr(count, number) for count in own),
                to.log(days, recipient=code, outcome=result),
            )
            for number, result, _ in results
        ),
        _entries(own, days, code, to),
    ]


def _entries(counts: Iterable[MonthCount], days: Days, code: str, to: Addresses) -> Number:
    address = to.log(days, recipient=code)
    return Number(sum(count.entries for count in counts), address)
