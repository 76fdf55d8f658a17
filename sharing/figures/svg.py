"""Parts of every chart: SVG that lxml writes, so that no name can be more than text in it (decision 48).

Positions across are shares of the width, in per cent, and all others pixels, so that letters are as large
on a phone as on a screen. Looks are attributes and classes of the stylesheet: the policy of pages allows
no style of its own. Each pattern of an area differs from the others without colour.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree
from markupsafe import Markup

from privacy_portal.ground.files.xml_elements import Element
from sharing.figures.rules import ticks

NAMESPACE = "http://www.w3.org/2000/svg"
# lxml's stubs do not know a namespace without a prefix.
NAMESPACES: Any = {None: NAMESPACE}
# Control characters that no XML may have, also not as a reference.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The class of words for which there is no room on a phone.
WIDE = "portal-figure__wide"
GREEN, PALE, INK, WHITE = "#00594c", "#b8d8d1", "#0b0c0c", "#ffffff"
# What each pattern has over its ground: the ground's colour and the path that is drawn on it.
PATTERNS = (
    (GREEN, ""),
    (WHITE, "M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6"),
    (PALE, "M4,3 L4,5 M3,4 L5,4"),
    (WHITE, "M0,4 L8,4 M4,0 L4,8"),
    (WHITE, "M4,0 L4,8"),
    (WHITE, "M0,4 L8,4"),
)


def element(tag: str, *inside: Element | str, **attributes: str) -> Element:
    """Return an element with what is inside it: others, or text. An underscore in the name of an attribute
    stands for a hyphen, one at its end for nothing."""
    made = etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap=NAMESPACES)
    for name, value in attributes.items():
        if value:
            made.set(name.rstrip("_").replace("_", "-"), NOT_XML.sub("\ufffd", value))
    for one in inside:
        if isinstance(one, str):
            made.text = NOT_XML.sub("\ufffd", one)
        else:
            made.append(one)
    return made


def share(piece: float, whole: float) -> str:
    """Return a position across: a piece of the whole in per cent."""
    return f"{100 * piece / whole:.3f}%" if whole else "0%"


def fill(chart: str, place: int) -> str:
    """Return what fills the areas of the series at this place in a chart."""
    return f"url(#{chart}-{place})"


def drawing(
    name: str,
    title: str,
    about: str,
    height: float,
    parts: Sequence[Element],
    *,
    scaled: bool = False,
) -> Markup:
    """Return a chart as a page holds it, with its title and what it is about in words; `scaled` has labels
    beside and below it."""
    chart = element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", about, id=f"{name}-about"),
        element("defs", *_patterns(name)),
        *parts,
        class_="portal-figure portal-figure--scaled" if scaled else "portal-figure",
        role="group",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-about",
        height=f"{height:g}",
        width="100%",
    )
    return _written(chart)


def swatch(name: str, place: int) -> Markup:
    """Return a small square filled like a series of the chart `name`, for its key."""
    return picture(
        element("rect", x="1", y="1", width="18", height="18", fill=fill(name, place), stroke=INK)
    )


def picture(shape: Element) -> Markup:
    """Return a small picture beside words that say what it means."""
    return _written(element("svg", shape, width="20", height="20", aria_hidden="true"))


def linked(shape: Element, words: str, href: str) -> Element:
    """Return a shape that says these words and leads to the list behind it, if there is one.

    The table beside the chart has the same links for the keyboard, so these are no more stops on the way.
    """
    if not href:
        return element("g", element("title", words), shape)
    inside = element("title", words), shape
    return element("a", *inside, href=href, tabindex="-1", aria_label=words)


def text(words: str, **where: str) -> Element:
    """Return words in a chart."""
    return element("text", words, **where)


def grid(most: float, height: float, unit: str = "") -> tuple[list[Element], float]:
    """Return the lines and labels of an upright scale up to `most`, and the number at its top."""
    steps = ticks(most)
    top, parts = steps[-1], []
    for step in steps:
        y = f"{height - height * step / top:.2f}"
        parts += [
            element("line", x1="0", x2="100%", y1=y, y2=y, class_="portal-figure__grid"),
            text(f"{step:,}{unit}", x="-8", y=y, dy="0.35em", text_anchor="end"),
        ]
    return parts, top


def _patterns(name: str) -> Iterator[Element]:
    for place, (ground, path) in enumerate(PATTERNS):
        yield element(
            "pattern",
            element("rect", width="8", height="8", fill=ground),
            element("path", d=path or "M0,0", stroke=INK, stroke_width="1.5"),
            id=f"{name}-{place}", width="8", height="8", patternUnits="userSpaceOnUse",
        )  # fmt: skip


def _written(element: Element) -> Markup:
    # lxml has escaped every name in it.
    return Markup(etree.tostring(element, encoding="unicode"))  # noqa: S704
