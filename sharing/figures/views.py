"""Pages of figures, and the file of each table (K1)."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.ui.private_downloads import private_csv
from sharing.figures import (
    agreement_figures,
    choice_figures,
    deletion_figures,
    disclosure_figures,
    queue_figures,
    school_figures,
)
from sharing.figures.addresses import Addresses
from sharing.figures.chart import Topic


class _Page(NamedTuple):
    """A page of figures: its heading, and what makes its topic."""

    heading: str
    topic: Callable[[HttpRequest, Addresses], Topic]


PAGES = {
    "disclosures": _Page(
        "Disclosures",
        lambda request, to: disclosure_figures.topic(request.GET, to, days.today()),
    ),
    "opt-outs": _Page(
        "Opt-outs and opt-ins",
        lambda request, to: choice_figures.topic(request.GET, to, days.today()),
    ),
    "schools": _Page(
        "Schools compared", lambda request, to: school_figures.topic(request.GET, to, days.now())
    ),
    "waiting": _Page("Waiting", lambda request, to: queue_figures.topic(to, days.now())),
    "agreements": _Page(
        "Agreements", lambda request, to: agreement_figures.topic(request.GET, to, days.today())
    ),
    "deletion": _Page(
        "Data to delete", lambda request, to: deletion_figures.topic(to, days.today())
    ),
}
FIRST = "disclosures"


@require_safe
@open_to(Action.SEE_FIGURES)
def figures(request: HttpRequest, name: str = FIRST) -> HttpResponseBase:
    """Show a page of figures: a chart and a table for each."""
    context = {
        "section": "figures",
        "name": name,
        "heading": _page(name).heading,
        "topic": _topic(request, name),
        "pages": [(other, page.heading) for other, page in PAGES.items()],
        "query": request.GET.urlencode(),
    }
    return render(request, "sharing/figures/topic.html", context)


@require_safe
@open_to(Action.SEE_FIGURES)
def table_csv(request: HttpRequest, name: str, table: str) -> HttpResponseBase:
    """Return a table of a page of figures as CSV, filtered as the page is; log the download."""
    for panel in _topic(request, name).panels:
        if panel.figure.name == table:
            log_download("figures", by=staff_of(request), at=days.now(), table=table)
            headings, *lines = panel.figure.lines()
            return private_csv(map(str, headings), lines, name=f"{table}.csv")
    raise Http404


def _page(name: str) -> _Page:
    if name not in PAGES:
        raise Http404
    return PAGES[name]


def _topic(request: HttpRequest, name: str) -> Topic:
    return _page(name).topic(request, Addresses(staff_of(request)))
