"""Figures of opt-outs and opt-ins: received by month and school (K1)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.http import QueryDict

from consent.models import Scheme, School
from consent.queries import schemes, schools
from consent.rules import Choice
from consent.watching.received import Received, received_by_month
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.reading import first_month, menu, month_in_words, period
from sharing.figures.rules import month_end, months

HEADINGS = ["Opt-outs", "Opt-ins"]
NOTE = (
    "Each choice belongs to the school where the pupil was when it was received. Pupils whose details are "
    "protected and pupils who have died are not counted."
)


def topic(asked: QueryDict, to: Addresses, today: date) -> Topic:
    """Return what was received under a scheme; 3 queries. Raises Http404 for a filter that there is not."""
    every, among = list(schemes()), list(schools())
    time = period(asked)
    if not every:
        return Topic([], [], ["There are no opt-outs yet."])
    titles = [(scheme.code, scheme.title) for scheme in every]
    chosen = menu(asked, "scheme", "Opt-out", titles, every[0].code)
    names = [("", "All schools"), *((school.urn, school.name) for school in among)]
    place = menu(asked, "school", "School", names)
    scheme = next(one for one in every if one.code == chosen.chosen)
    school = next((one for one in among if one.urn == place.chosen), None)
    span = months(first_month(time, today), today)
    received = received_by_month(scheme, span[0], month_end(span[-1]))
    if school is not None:
        received = [own for own in received if own.school == school.pk]
    panels = [panel(_by_month(received, span, scheme, place.chosen, to), Kind.COLUMNS)]
    if school is None:
        panels.append(panel(_by_school(received, span, scheme, among, to), Kind.BARS))
    return Topic([time, chosen, place], panels)


def _by_month(
    received: Sequence[Received], span: Sequence[date], scheme: Scheme, urn: str, to: Addresses
) -> Figure:
    by_month: dict[date, list[Received]] = defaultdict(list)
    for own in received:
        by_month[own.month].append(own)
    rows = [
        Row(
            month_in_words(month),
            _numbers(by_month[month], month, month_end(month), scheme, urn, to),
        )
        for month in span
    ]
    return Figure(
        "choices-by-month", "Choices received by month", "Month", HEADINGS, rows, drawn=2, note=NOTE
    )


def _by_school(
    received: Sequence[Received],
    span: Sequence[date],
    scheme: Scheme,
    among: Sequence[School],
    to: Addresses,
) -> Figure:
    by_school: dict[int | None, list[Received]] = defaultdict(list)
    for own in received:
        by_school[own.school].append(own)
    last = month_end(span[-1])
    rows = [
        Row(
            school.name,
            _numbers(by_school[school.pk], span[0], last, scheme, school.urn, to),
        )
        for school in among
        if by_school[school.pk]
    ]
    if by_school[None]:
        numbers = _numbers(by_school[None], span[0], last, scheme, "", to)
        rows.append(Row("School not known", [Number(number.value) for number in numbers]))
    rows.sort(key=lambda row: -sum(number.value for number in row.numbers))
    return Figure(
        "choices-by-school", "Choices received by school", "School", HEADINGS, rows, drawn=2
    )


def _numbers(
    received: Sequence[Received],
    first: date,
    last: date,
    scheme: Scheme,
    urn: str,
    to: Addresses,
) -> list[Number]:
    numbers = {
        Choice.OPT_OUT.value: sum(own.opt_outs for own in received),
        Choice.OPT_IN.value: sum(own.opt_ins for own in received),
    }
    filters = {"first": first.isoformat(), "last": last.isoformat(), "school": urn}
    return [
        Number(number, to.of("staff-choices-received", scheme.code, choice=choice, **filters))
        for choice, number in numbers.items()
    ]
