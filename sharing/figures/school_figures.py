"""The share of opted-out pupils in each school, as a funnel plot and a table (K1, K2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.http import QueryDict

from consent.queries import schemes
from consent.silence_rules import Place
from consent.watching.figures import ListName
from consent.watching.presenters import PLACES
from consent.watching.shares import SchoolShare, shares_under
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Number, Panel, Row, Topic
from sharing.figures.funnel import School, funnel, marker
from sharing.figures.reading import menu

TITLE = "Share of pupils opted out, by school"
NOTE = (
    "The broad line is the share of all schools together. Chance alone puts 1 in 20 schools outside the "
    "dotted lines, and 1 in 500 outside the solid curves: small schools vary more. "
    "A school that is far from the others may have lost forms or letters, or may have told families more. "
    "Schools can also differ for good reasons."
)
KEY = (
    (Place.FAR_ABOVE, "Far above others"),
    (Place.FAR_BELOW, "Far below others"),
    (Place.HIGH, "High or low, may be chance"),
    (Place.USUAL, "Usual"),
)
# Schools that stand out come first.
ORDER: Mapping[Place | None, int] = {
    Place.FAR_ABOVE: 0, Place.FAR_BELOW: 1, Place.HIGH: 2, Place.LOW: 3, Place.USUAL: 4, None: 5,
}  # fmt: skip


def topic(asked: QueryDict, to: Addresses, at: datetime) -> Topic:
    """Return the shares under a scheme; 1 query, and those of `shares_under`. Raises Http404 for a scheme
    that there is not."""
    every = list(schemes())
    if not every:
        return Topic([], [], ["There are no opt-outs yet."])
    titles = [(scheme.code, scheme.title) for scheme in every]
    chosen = menu(asked, "scheme", "Opt-out", titles, every[0].code)
    scheme = next(one for one in every if one.code == chosen.chosen)
    shares = shares_under(scheme, at=at)
    points = [
        School(share, _words(share), _list(share, ListName.OPTED_OUT, scheme.code, to))
        for share in shares.schools
    ]
    figure = _figure(points, scheme.code, to)
    about = (
        f"{shares.opted_out:,} of {shares.pupils:,} pupils of all schools are opted out. "
        "Each point is a school. The table after the chart has the same numbers."
    )
    chart = funnel(figure.name, figure.title, about, shares, points)
    return Topic([chosen], [Panel(figure, chart, [(marker(place), text) for place, text in KEY])])


def _figure(points: Sequence[School], scheme: str, to: Addresses) -> Figure:
    rows = [
        Row(
            point.share.school.name,
            [
                Number(point.share.pupils, _list(point.share, ListName.ON_ROLL, scheme, to)),
                Number(point.share.opted_out, point.href),
            ],
            words=[_percent(point.share), PLACES[point.share.place], _usual(point.share)],
        )
        for point in sorted(points, key=lambda point: ORDER[point.share.place])
    ]
    return Figure(
        "opted-out-by-school", TITLE, "School", ["On roll", "Opted out"], rows,
        of_words=["Share", "Compared with all schools", "Usual number"], note=NOTE,
        empty="There are no pupils on roll that this opt-out is for.",
    )  # fmt: skip


def _list(share: SchoolShare, name: ListName, scheme: str, to: Addresses) -> str:
    return to.of("staff-school-figures-list", share.school.urn, scheme, name.value)


def _percent(share: SchoolShare) -> str:
    return f"{100 * share.share:.1f}%"


def _words(share: SchoolShare) -> str:
    place = PLACES[share.place].lower()
    return (
        f"{share.school.name}: {share.opted_out:,} of {share.pupils:,} pupils opted out, "
        f"{_percent(share)}, {place}"
    )


def _usual(share: SchoolShare) -> str:
    """Return the whole numbers within the limits that chance keeps 19 in 20 schools to."""
    if share.limits is None:
        return ""
    least, most = share.limits.usual
    return f"{least:,} to {most:,}" if least < most else f"{most:,}"
