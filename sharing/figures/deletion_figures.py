"""Data to delete, by the month in which it is due (K1)."""

from collections import Counter
from datetime import date

from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.reading import month_in_words
from sharing.figures.rules import month_of, months
from sharing.review import destruction

HEADINGS = ["Overdue", "Due", "All"]


def topic(to: Addresses, today: date) -> Topic:
    """Return what is to be deleted, by month; 2 queries."""
    due: Counter[date | None] = Counter()
    for day, number in destruction.due_by_day():
        due[day and month_of(day)] += number
    undated = due.pop(None, 0)
    this_month = month_of(today)
    overdue = {month: number for month, number in due.items() if month and month < this_month}
    overdue[this_month] = destruction.due_before(today).filter(destroy_by__gte=this_month).count()
    rows = []
    span = months(min(overdue), max(filter(None, due))) if due else []
    for month in span:
        late = overdue.get(month, 0)
        numbers = [Number(late), Number(due[month] - late)]
        address = to.of("staff-keeping", due=f"{month:%Y-%m}")
        rows.append(Row(month_in_words(month), [*numbers, Number(due[month], address)], address))
    figure = Figure(
        "deletion-by-month", "Data to delete, by month", "Month", HEADINGS, rows, drawn=2,
        note="Disclosures whose data must be deleted by a day in the month, and is not yet.",
        empty="There is no data to delete by an agreed date.",
    )  # fmt: skip
    without = Figure(
        "deletion-without-date", "Data to delete without a date", "What", ["Entries"],
        [
            Row("No date agreed", [Number(undated, to.of("staff-keeping", due="undated"))]),
        ],
        empty="All data to delete has a date.",
    )  # fmt: skip
    return Topic([], [panel(figure, Kind.COLUMNS), panel(without, Kind.BARS)])
