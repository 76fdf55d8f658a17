"""Schools in numbers, and what to check of them, in words (K1, K2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from consent.models import Scheme
from consent.silence_rules import Place
from consent.watching.checking import Comparison, SchoolToCheck
from consent.watching.figures import Figures, ListName
from privacy_portal.ground.ui.environment import day, number

HEADINGS = {
    ListName.ON_ROLL: "On roll",
    ListName.CHOSEN: "Have a choice",
    ListName.OPTED_OUT: "Opted out",
    ListName.OPTED_IN: "Opted in",
    ListName.UNANSWERED: "No answer",
    ListName.WAITING: "Waiting",
}
# What a list has in it.
TITLES = {
    ListName.ON_ROLL: "Pupils on roll",
    ListName.CHOSEN: "Pupils with a choice",
    ListName.OPTED_OUT: "Pupils opted out",
    ListName.OPTED_IN: "Pupils opted in",
    ListName.UNANSWERED: "Letters without an answer",
    ListName.WAITING: "Choices that are waiting",
}
PLACES = {
    Place.FAR_BELOW: "Far below others",
    Place.LOW: "Low, may be chance",
    Place.USUAL: "Usual",
    Place.HIGH: "High, may be chance",
    Place.FAR_ABOVE: "Far above others",
    None: "Not compared",
}
COLOURS = {Place.FAR_BELOW: "red", Place.FAR_ABOVE: "blue"}


@dataclass(frozen=True, slots=True)
class LinkedNumber:
    """A number under its heading, and the address of the list behind it."""

    heading: str
    number: int
    href: str


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school under a scheme in words. `usual` says what would be usual, to those who may know."""

    name: str
    to_check: bool
    numbers: list[LinkedNumber]
    last_heard: str
    rate: str
    place: str
    colour: str
    usual: str


def school_row(
    figures: Figures, comparison: Comparison, *, to_check: bool, others: bool
) -> SchoolRow:
    """Return a school's row; with `others` also what would be usual by the rate of the other schools."""
    return SchoolRow(
        figures.school.name,
        to_check,
        [
            LinkedNumber(HEADINGS[name], figures.number(name), _address(figures, comparison, name))
            for name in ListName
        ],
        day(figures.last_heard) if figures.last_heard else "Never",
        f"{100 * comparison.chosen / comparison.pupils:.1f}%" if comparison.pupils else "",
        PLACES[comparison.place],
        COLOURS.get(comparison.place, "") if comparison.place else "",
        usual_in_words(comparison) if others else "",
    )


def _address(figures: Figures, comparison: Comparison, name: ListName) -> str:
    return reverse(
        "staff-school-figures-list", args=[figures.school.urn, comparison.scheme.code, name.value]
    )


def usual_in_words(comparison: Comparison) -> str:
    """Return the usual number of choices for a school of this size; empty where nothing is compared."""
    if comparison.usual is None:
        return ""
    least, most = comparison.usual
    return f"{number(least)} to {number(most)}" if least < most else number(most)


def what_to_check(row: SchoolToCheck, *, others: bool) -> list[str]:
    """Return why a school is pointed out and what to ask, a sentence or two in each; with `others` what
    would be usual by the rate of the other schools."""
    sentences = []
    if row.silent and row.last_heard:
        sentences.append(f"No choices received since {day(row.last_heard)}.")
    elif row.silent:
        sentences.append("We have never received a choice about a pupil of this school.")
    for comparison in row.far_below:
        sentence = (
            f"{comparison.scheme.title}: {number(comparison.chosen)} of "
            f"{number(comparison.pupils)} pupils have a choice, far below other schools."
        )
        if others:
            sentence += f" For a school of this size {usual_in_words(comparison)} is usual."
        sentences.append(sentence)
    if not sentences:
        return ["Nothing any more. The school will be off this list within an hour."]
    ask = "Ask the school" if others else "Check"
    return [*sentences, f"{ask} whether letters went out and where paper forms are kept."]


def csv_rows(
    scheme: Scheme, figures: list[Figures], comparisons: Mapping[int, Comparison]
) -> list[list[object]]:
    """Return a line of the file for each school under the scheme, as `CSV_HEADINGS` has them."""
    return [
        [
            row.school.name,
            row.school.urn,
            scheme.title,
            *(row.number(name) for name in ListName),
            row.last_heard.isoformat() if row.last_heard else "",
            PLACES[comparisons[row.school.pk].place],
            usual_in_words(comparisons[row.school.pk]),
        ]
        for row in figures
    ]


CSV_HEADINGS = [
    "School", "URN", "Opt-out", *HEADINGS.values(), "Last heard of", "Compared with other schools",
    "Usual number with a choice",
]  # fmt: skip
