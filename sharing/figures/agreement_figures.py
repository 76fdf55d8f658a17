"""Agreements by status, and when each is in force (K1)."""

from collections import Counter
from datetime import date

from django.http import QueryDict

from privacy_portal.ground.days import in_words
from sharing.agreements.presenters import STANDINGS, frame_of, spans_of
from sharing.agreements.queries import AgreementReview, agreement_reviews
from sharing.agreements.rules import Standing
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Figure, Kind, Number, Panel, Row, Topic
from sharing.figures.panels import panel
from sharing.figures.reading import menu
from sharing.figures.svg import swatch
from sharing.figures.timeline import Line, timeline

TITLE = "When agreements are in force"
CURRENT = (Standing.SIGNED, Standing.IN_FORCE, Standing.SUSPENDED)
CHOICES = (("", "Signed and current"), ("all", "All that were signed"))
KEY = ((0, "In force"), (1, "Suspended"), (2, "Not started"))


def topic(asked: QueryDict, to: Addresses, today: date) -> Topic:
    """Return the figures of agreements; 2 queries. Raises Http404 for a filter that there is not."""
    which = menu(asked, "which", "Agreements", CHOICES)
    every = agreement_reviews(today)
    chosen = [one for one in every if which.chosen or one.standing in CURRENT]
    signed = [one for one in chosen if spans_of(one)]
    signed.sort(key=lambda one: spans_of(one)[-1].last)
    return Topic([which], [panel(_by_standing(every, to), Kind.BARS), _timeline(signed, to, today)])


def _by_standing(every: list[AgreementReview], to: Addresses) -> Figure:
    numbers = Counter(one.standing for one in every)
    rows = [
        Row(
            STANDINGS[standing][0],
            [Number(numbers[standing], to.of("staff-agreements", standing=standing.value))],
        )
        for standing in Standing
        if numbers[standing]
    ]
    return Figure("agreements-by-status", "Agreements by status", "Status", ["Agreements"], rows)


def _timeline(signed: list[AgreementReview], to: Addresses, today: date) -> Panel:
    rows, lines = [], []
    for one in signed:
        spans = spans_of(one)
        version = one.current.row
        href = to.of("staff-agreement", one.agreement.pk)
        words = [version.recipient.name, in_words(spans[0].first), in_words(spans[-1].last)]
        label = f"{one.agreement.reference}: {version.title}"
        rows.append(Row(label, [], href, [*words, STANDINGS[one.standing][0]]))
        lines.append(Line(label, spans, href))
    figure = Figure(
        "agreements-in-time", TITLE, "Agreement", [], rows,
        of_words=["Organisation", "From", "To", "Status"],
        note="Those that end first are first.", empty="No agreement is signed and current.",
    )  # fmt: skip
    spans = [span for line in lines for span in line.spans]
    chart = timeline(figure.name, TITLE, lines, frame_of(spans, today), today)
    return Panel(figure, chart, [(swatch(figure.name, place), text) for place, text in KEY])
