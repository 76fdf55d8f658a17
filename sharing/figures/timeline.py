"""Timelines: when each agreement is in force, below each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from privacy_portal.ground.days import in_words
from privacy_portal.ground.files.xml_elements import Element
from sharing.agreements.presenters import spans_in_words
from sharing.agreements.rules import Span
from sharing.figures.bars import BAR, GAP, LINE, name_of
from sharing.figures.rules import labelled
from sharing.figures.svg import INK, drawing, element, fill, linked, share, text

# Years stand above the lines.
TOP = 30


@dataclass(frozen=True, slots=True)
class Line:
    """An agreement: its name, when it is in force or suspended, and its page."""

    label: str
    spans: Sequence[Span]
    href: str


def timeline(
    name: str, title: str, lines: Sequence[Line], frame: tuple[date, date], today: date
) -> Markup:
    """Return the lines between the first and the last day of the frame, with a line for today."""
    first, last = frame
    whole = (last - first).days + 1
    parts: list[Element] = []
    y = TOP
    for line in lines:
        names = name_of(line.label, y)
        y += LINE * len(names) + 4
        parts += names
        for span in line.spans:
            place = 1 if span.suspended else 2 if span.first > today else 0
            bar = element(
                "rect",
                x=share((span.first - first).days, whole),
                y=f"{y}",
                width=share((span.last - span.first).days + 1, whole),
                height=f"{BAR}",
                fill=fill(name, place),
                stroke=INK,
            )
            parts.append(linked(bar, f"{line.label}. {spans_in_words([span])}", line.href))
        y += BAR + GAP
    about = (
        f"A line for each of {len(lines)} agreements, from {first.year} to {last.year}. The upright line is "
        f"today, {in_words(today)}. The table after the chart has the same dates."
    )
    return drawing(
        name, title, about, y, [*_years(frame, y), *parts, *_today(first, whole, today, y)]
    )


def _years(frame: tuple[date, date], height: int) -> list[Element]:
    first, last = frame
    whole = (last - first).days + 1
    years = range(first.year, last.year + 1)
    parts = []
    for place in labelled(len(years)):
        x = share((date(years[place], 1, 1) - first).days, whole)
        parts += [
            element("line", x1=x, x2=x, y1="20", y2=f"{height}", class_="portal-figure__grid"),
            text(f"{years[place]}", x=x, y="14"),
        ]
    return parts


def _today(first: date, whole: int, today: date, height: int) -> list[Element]:
    x = share((today - first).days, whole)
    return [element("line", x1=x, x2=x, y1="20", y2=f"{height}", stroke=INK, stroke_width="3")]
