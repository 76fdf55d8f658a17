"""What readers choose for a page of figures."""

from collections.abc import Sequence
from datetime import date

from django.http import Http404, QueryDict

from privacy_portal.ground.days import in_words
from sharing.figures.chart import Menu
from sharing.figures.rules import months_back

PERIODS = (("12", "12 months"), ("24", "2 years"), ("60", "5 years"), ("120", "10 years"))
USUAL_PERIOD = "24"


def menu(
    asked: QueryDict, name: str, label: str, options: Sequence[tuple[str, str]], usual: str = ""
) -> Menu:
    """Return a filter with what the address chooses, or else the usual. Raises Http404 for another word."""
    chosen = asked.get(name, "") or usual
    if chosen and chosen not in dict(options):
        raise Http404
    return Menu(name, label, options, chosen)


def period(asked: QueryDict) -> Menu:
    """Return the filter of how far back figures go. Raises Http404 for another word."""
    return menu(asked, "months", "Period", PERIODS, USUAL_PERIOD)


def first_month(chosen: Menu, today: date) -> date:
    """Return the first day of the months that a filter asks for, this month the last."""
    return months_back(today, int(chosen.chosen))


def month_in_words(month: date) -> str:
    """Return a month as a table and a chart name it: `Nov 2026`."""
    return f"{month:%b %Y}"


def until_in_words(counted_until: date | None) -> str:
    """Return until when pupils are counted, in a sentence."""
    if counted_until is None:
        return "Pupils are counted every night for the weeks that have ended. None has been counted yet."
    return (
        f"Pupils are counted every night for the weeks that have ended, until {in_words(counted_until)} "
        "so far. Someone about whom information was shared more than once in a month is counted once."
    )
