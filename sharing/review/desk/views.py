"""The list of the disclosure log: filtered, sorted, page by page, with its totals."""

from functools import partial

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notices.queries import item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.ui.keyset import keyset_page, without_place
from privacy_portal.ground.ui.private_downloads import private_file
from privacy_portal.ground.ui.streamed_tables import FORMATS
from sharing.disclosures import queries as disclosure_queries
from sharing.models import Disclosure
from sharing.review import presenters, signing_off
from sharing.review.desk import exporting, saved_filters
from sharing.review.desk.filters import DisclosureFilter
from sharing.review.desk.result_rules import WORDS
from sharing.review.desk.totals import MOST, Totals, totals_of
from sharing.review.forms import SaveFilterForm

# Addresses of the log as a file, with what people call the kind of file.
DOWNLOADS = (
    ("staff-disclosures-csv", "CSV"),
    ("staff-disclosures-xlsx", "Excel"),
    ("staff-disclosures-json", "JSON"),
)


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def disclosures(request: HttpRequest) -> HttpResponseBase:
    """List what was shared or refused, as filtered and sorted, with its totals."""
    user = staff_of(request)
    log = DisclosureFilter(request.GET or None, Disclosure.objects.all(), user=user)
    query = without_place(request.GET)
    ticked = query.pop("ticked", None) is not None
    at_most = None if query.pop("count", None) else MOST
    page = keyset_page(log.rows, log.order, request.GET)
    totals = totals_of(log, at_most=at_most)
    context = {
        "section": "disclosures",
        "page": page.loaded(signing_off.with_warnings(disclosure_queries.disclosures())),
        "totals": totals,
        "most": MOST,
        "count_all": _address(query, count="all"),
        "results": _results(totals, query) if totals else [],
        "form": log.bound,
        "query": query.urlencode(),
        "files": DOWNLOADS,
        "order": log.order,
        "selected": _selected(log, query),
        "saved": saved_filters.saved_filters(user),
        "save_form": SaveFilterForm(initial={"query": query.urlencode()}),
        "ticked": ticked,
        "tick_all": _ticked(request.GET),
        "why_not": partial(signing_off.why_not, user=user),
        "can_sign_off": may(user, Action.KEEP_DISCLOSURES),
        "in_sample": presenters.sample_in_words,
        "in_words": presenters.disclosure_line,
        "warnings_of": presenters.warnings_of,
        "labels": item_labels(),
    }
    return render(request, "sharing/review/index.html", context, status=200 if log.valid else 422)


def _results(totals: Totals, query: QueryDict) -> list[tuple[str, int, str]]:
    """Return each result with its number, and the address of the list of just these."""
    return [
        (WORDS[result], number, _address(query, outcome=result.value))
        for result, number in totals.results.items()
    ]


def _selected(log: DisclosureFilter, query: QueryDict) -> list[tuple[str, str, str]]:
    """Return each filter in words, with the address of the list without it."""
    return [
        (label, value, _address(query, **dict.fromkeys(parts)))
        for label, value, parts in log.in_words()
    ]


def _ticked(parameters: QueryDict) -> str:
    """Return the address of the same page with every entry on it ticked that can be signed off; or with none
    ticked where they are."""
    same = parameters.copy()
    if same.pop("ticked", None) is None:
        same["ticked"] = "1"
    return f"{reverse('staff-disclosures')}?{same.urlencode()}"


def _address(query: QueryDict, **changes: str | None) -> str:
    """Return the address of the list with some parameters changed, or without those that are None."""
    parameters = query.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = value
    address = reverse("staff-disclosures")
    return f"{address}?{parameters.urlencode()}" if parameters else address


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def download(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Send what is filtered as a file of a kind, made while it is sent; log the download."""
    log = DisclosureFilter(request.GET or None, Disclosure.objects.all(), user=staff_of(request))
    if not log.valid:
        return redirect(f"{reverse('staff-disclosures')}?{request.GET.urlencode()}")
    content_type, pieces = FORMATS[kind]
    log_download("disclosures", by=staff_of(request), at=days.now(), format=kind)
    return private_file(
        pieces(exporting.HEADINGS, exporting.rows_of(log)),
        name=f"disclosures.{kind}",
        content_type=content_type,
    )
