"""Cards of the start page of staff, and the tasks they are listed as."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from privacy_portal.ground.days import day_of, start_of

# What is due within so many days is due soon.
SOON_DAYS = 7


class When(Enum):
    """How urgent a task is: the group of the start page it stands in, most urgent first."""

    OVERDUE = "Overdue"
    SOON = "Due soon"
    LATER = "Later"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a card: `link` leads to `href`, and `overdue` stands out at the end.

    `due` is the day by which the first of what it is about must be done, None where there is none. `number`
    is how many things it is about: as many as the list behind its link has, if it counts one.
    """

    text: str = ""
    link: str = ""
    href: str = ""
    overdue: str = ""
    when: When = When.LATER
    due: date | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of thing to do, with a sentence for each line.

    `mine` is what the person began, or what the one who began it cannot do. One that is not a `task` is said
    before all tasks: there is nothing to do but to know it.
    """

    heading: str
    lines: Sequence[Line]
    mine: bool = False
    task: bool = True


class Task(NamedTuple):
    """One line of the start page, under the heading of its card."""

    heading: str
    line: Line
    mine: bool


def due_at(line: Line, due: datetime, at: datetime) -> Line:
    """Return the line of something that must be done by an instant: overdue, due soon or later."""
    return replace(line, when=_when(due, at), due=day_of(due))


def due_on(line: Line, due: date, at: datetime) -> Line:
    """Return the line of something that must be done by the end of a day: overdue, due soon or later."""
    return replace(line, when=_when(start_of(due + timedelta(days=1)), at), due=due)


def _when(end: datetime, at: datetime) -> When:
    if end <= at:
        return When.OVERDUE
    return When.SOON if end <= at + timedelta(days=SOON_DAYS) else When.LATER


def grouped(cards: Sequence[Card]) -> dict[When, list[Task]]:
    """Return the tasks of each group that has any, most urgent first: in it those of the person first, in the
    order of the cards."""
    tasks = [
        Task(card.heading, line, card.mine) for card in cards if card.task for line in card.lines
    ]
    groups = {
        when: sorted(
            (task for task in tasks if task.line.when is when), key=lambda task: not task.mine
        )
        for when in When
    }
    return {when: group for when, group in groups.items() if group}
