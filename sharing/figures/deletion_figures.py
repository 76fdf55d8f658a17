"""Data to delete, by the month in which it is due (K1)."""

from collections.abc import Callable
from datetime import date
from functools import partial
from operator import eq

from privacy_portal.ground.days import months_later
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.reading import month_in_words
from sharing.figures.rules import month_of, months, months_back
from sharing.review import destruction

HEADINGS = ["Overdue", "Due", "All"]
# The chart has so many months before this one and after it, however much there is to delete, and what is to be
# deleted earlier or later in one number each.
MONTHS_BACK, MONTHS_AHEAD = 6, 18


def topic(to: Addresses, today: date) -> Topic:
    """Return what is to be deleted, by month; 1 query."""
    due = destruction.due_by_month(today)
    undated = sum(each.number for each in due if each.month is None)
    by_month = {each.month: each for each in due if each.month}
    this_month = month_of(today)
    span = months(months_back(today, MONTHS_BACK + 1), months_later(this_month, MONTHS_AHEAD))
    first, last = span[0], span[-1]

    def row(label: str, which: str, inside: Callable[[date], bool]) -> Row:
        parts = [each for month, each in by_month.items() if inside(month)]
        number, late = sum(each.number for each in parts), sum(each.overdue for each in parts)
        address = to.of("staff-keeping", due=which)
        return Row(label, [Number(late), Number(number - late), Number(number, address)], address)

    rows = []
    if any(month < first for month in by_month):
        label = f"Before {month_in_words(first)}"
        rows.append(row(label, f"before-{first:%Y-%m}", lambda month: month < first))
    for month in span if by_month else ():
        rows.append(row(month_in_words(month), f"{month:%Y-%m}", partial(eq, month)))
    if any(month > last for month in by_month):
        label = f"After {month_in_words(last)}"
        rows.append(row(label, f"after-{last:%Y-%m}", lambda month: month > last))
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
