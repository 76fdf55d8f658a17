"""Funnel plots: the share of each school by its size, between the limits of chance (K2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from consent.silence_rules import Place
from consent.watching.shares import SchoolShare, Shares
from privacy_portal.ground.files.xml_elements import Element
from sharing.figures.rules import ticks
from sharing.figures.svg import (
    GREEN,
    INK,
    WHITE,
    WIDE,
    drawing,
    element,
    grid,
    linked,
    picture,
    share,
    text,
)

HEIGHT = 320
# The lines of the limits are drawn through so many sizes of schools.
SIZES = 60
# So many schools far from the others are named in the chart; the table has all.
NAMED = 6
# What is drawn for a school: each shape tells without colour where it lies.
SHAPES: Mapping[Place | None, tuple[str, str]] = {
    Place.FAR_ABOVE: ("M-8,6 L0,-8 L8,6 Z", "#d4351c"),
    Place.FAR_BELOW: ("M-8,-6 L0,8 L8,-6 Z", "#d4351c"),
    Place.HIGH: ("M0,-7 L7,0 L0,7 L-7,0 Z", "#f47738"),
    Place.LOW: ("M0,-7 L7,0 L0,7 L-7,0 Z", "#f47738"),
}
# How the limits are drawn, and the share of all.
DOTTED = {"stroke": INK, "stroke_dasharray": "2,4"}
SOLID = {"stroke": INK}
BROAD = {"stroke": GREEN, "stroke_width": "3"}
USUAL = ("M-5,0 A5,5 0 1,0 5,0 A5,5 0 1,0 -5,0 Z", WHITE)


@dataclass(frozen=True, slots=True)
class School:
    """A school in the plot: what its point says, and the list that it leads to."""

    share: SchoolShare
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a number of pupils lies across, and a share in per cent upwards."""

    widest: int
    top: float

    def x(self, pupils: float) -> str:
        return share(pupils, self.widest)

    def y(self, percent: float) -> str:
        return f"{HEIGHT - HEIGHT * percent / self.top:.2f}"


def funnel(name: str, title: str, about: str, shares: Shares, schools: Sequence[School]) -> Markup:
    """Return the plot of these schools around the share of all of them together."""
    largest = max((school.share.pupils for school in schools), default=0)
    sizes = ticks(largest)
    overall = 100 * shares.opted_out / shares.pupils if shares.pupils else 0
    highest = max((100 * school.share.share for school in schools), default=0)
    lines, top = grid(min(100, max(highest, 2.5 * overall, 1)), HEIGHT, "%")
    scale = Scale(sizes[-1], top)
    parts = [*lines, *_limits(shares, largest, scale)]
    for size in sizes[1:]:
        parts.append(text(f"{size:,}", x=scale.x(size), y=f"{HEIGHT + 22}", text_anchor="middle"))
    parts.append(text("Pupils on roll", x="50%", y=f"{HEIGHT + 44}", text_anchor="middle"))
    # Points that stand out are drawn last, so that none lies under another.
    for school in sorted(schools, key=lambda school: school.share.place in SHAPES):
        parts.append(_point(school, scale))
    parts += _names(schools, scale)
    return drawing(name, title, about, HEIGHT, parts, scaled=True)


def marker(place: Place) -> Markup:
    """Return the shape of schools that lie there, for the key."""
    return picture(_shape(place, x="10", y="10"))


def _limits(shares: Shares, largest: int, scale: Scale) -> list[Element]:
    steps = sorted({max(1, round(largest * step / SIZES)) for step in range(1, SIZES + 1)})
    found = [(size, limits) for size in steps if (limits := shares.limits(size))]
    parts = []
    for line in ("far_below", "low", "high", "far_above"):
        looks = DOTTED if line in ("low", "high") else SOLID
        points = [(size, 100 * getattr(limits, line) / size) for size, limits in found]
        parts += _curve([point for point in points if point[1] <= scale.top], scale, looks)
    if found:
        middle = 100 * shares.opted_out / shares.pupils
        parts += _curve([(0, middle), (scale.widest, middle)], scale, BROAD)
    return parts


def _curve(
    points: Sequence[tuple[int, float]], scale: Scale, looks: Mapping[str, str]
) -> list[Element]:
    return [
        element(
            "line",
            x1=scale.x(begin),
            y1=scale.y(from_share),
            x2=scale.x(end),
            y2=scale.y(to_share),
            **looks,
        )
        for (begin, from_share), (end, to_share) in pairwise(points)
    ]


def _point(school: School, scale: Scale) -> Element:
    x, y = scale.x(school.share.pupils), scale.y(100 * school.share.share)
    return linked(_shape(school.share.place, x=x, y=y), school.words, school.href)


def _shape(place: Place | None, *, x: str, y: str) -> Element:
    line, colour = SHAPES.get(place, USUAL)
    path = element("path", d=line, fill=colour, stroke=INK)
    return element("svg", path, x=x, y=y, overflow="visible")


def _names(schools: Sequence[School], scale: Scale) -> list[Element]:
    """Name the schools that lie beyond the outer limits, those with most pupils first."""
    far = [school for school in schools if school.share.place in (Place.FAR_ABOVE, Place.FAR_BELOW)]
    parts = []
    for school in sorted(far, key=lambda school: -school.share.pupils)[:NAMED]:
        right = school.share.pupils > scale.widest / 2
        name = school.share.school.name
        parts.append(
            text(
                name if len(name) <= 26 else f"{name[:25]}…",
                x=scale.x(school.share.pupils),
                y=scale.y(100 * school.share.share),
                dx="-12" if right else "12",
                dy="0.35em",
                text_anchor="end" if right else "start",
                class_=f"portal-figure__name {WIDE}",
            )
        )
    return parts
