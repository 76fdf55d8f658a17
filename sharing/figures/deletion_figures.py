"""Data to delete, by the month in which it is due (K1)."""

from collections import Counter
from datetime import date

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
    """Return what is to be deleted, by month; 2 queries."""
    due: Counter[date | None] = Counter()
    for day, number in destruction.due_by_day():
        due[day and month_of(day)] += number
    undated = due.pop(None, 0)
    this_month = month_of(today)
    overdue_now = destruction.due_before(today).filter(destroy_by__gte=this_month).count()
    span = months(months_back(today, MONTHS_BACK + 1), months_later(this_month, MONTHS_AHEAD))
    first, last = span[0], span[-1]

    def row(label: str, number: int, late: int, which: str) -> Row:
        address = to.of("staff-keeping", due=which)
        return Row(label, [Number(late), Number(number - late), Number(number, address)], address)

    rows = []
    if earlier := sum(number for month, number in due.items() if month and month < first):
        rows.append(
            row(f"Before {month_in_words(first)}", earlier, earlier, f"before-{first:%Y-%m}")
        )
    for month in span if due else ():
        late = overdue_now if month == this_month else due[month] if month < this_month else 0
        rows.append(row(month_in_words(month), due[month], late, f"{month:%Y-%m}"))
    if later := sum(number for month, number in due.items() if month and month > last):
        rows.append(row(f"After {month_in_words(last)}", later, 0, f"after-{last:%Y-%m}"))
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
