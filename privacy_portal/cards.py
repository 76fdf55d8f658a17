"""Cards of the start page of staff."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a card: `link` leads to `href`, and `overdue` stands out at the end."""

    text: str = ""
    link: str = ""
    href: str = ""
    overdue: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of thing to do: a single sentence, or with `bulleted` one for each thing."""

    heading: str
    lines: Sequence[Line]
    bulleted: bool = False
