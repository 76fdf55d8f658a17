"""The public register: who we share information with, under which agreement, and how often."""

import csv
from datetime import MAXYEAR, MINYEAR, date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consent.matter_lookup import step_address
from consent.scheme_words import supply_in_words
from notices.models import Recipient
from notices.queries import recipients
from privacy_portal.ground import days
from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.public_pages.caching import public_page, revalidated
from sharing import rules
from sharing.agreements.in_force import in_force_by_recipient
from sharing.agreements.objectionable import objectionable_in
from sharing.register import queries


@require_safe
@public_page
def register(request: HttpRequest) -> HttpResponse:
    """List every organisation, with its agreements in force today."""
    today = days.today()
    in_force = in_force_by_recipient(today)
    organisations = [
        (recipient, in_force.get(recipient.pk, []), _open(recipient, today))
        for recipient in recipients()
    ]
    context = {"section": "register", "organisations": organisations}
    return render(request, "sharing/register/index.html", context)


@require_safe
@public_page
def recipient(request: HttpRequest, code: str) -> HttpResponse:
    """Show an organisation: what it is, and what may be shared with it under which agreement."""
    organisation = get_object_or_404(queries.organisations(), code=code)
    today = days.today()
    agreements = in_force_by_recipient(today).get(organisation.pk, [])
    scheme = getattr(organisation, "scheme", None)
    basics = [row.item for row in scheme.basic_items.select_related("item")] if scheme else []
    context = {
        "section": "register",
        "recipient": organisation,
        "open": _open(organisation, today),
        "agreements": agreements,
        "items": queries.permitted_items(agreements, today),
        "objectionable": [
            (matter, step_address(matter, "who")) for matter in objectionable_in(agreements)
        ],
        "scheme": scheme,
        "basics": basics,
        "supply": supply_in_words(scheme, basics=bool(basics)) if scheme else "",
    }
    return render(request, "sharing/register/recipient.html", context)


@require_safe
@revalidated
def disclosures(request: HttpRequest) -> HttpResponse:
    """Show how often information was shared in a year, as published month by month."""
    years = queries.published_years()
    year = _year(request.GET.get("year", ""), years)
    context = {
        "section": "register",
        "years": years,
        "year": year,
        "newest": queries.newest_published_month(),
        "counts": queries.published_counts(year) if year else [],
    }
    return render(request, "sharing/register/disclosures.html", context)


@require_safe
@revalidated
def disclosures_csv(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """Return the published figures of a year as CSV; without a year, of the newest."""
    if year is not None and not MINYEAR <= year <= MAXYEAR:
        raise Http404
    if year is None:
        year = _year(request.GET.get("year", ""), queries.published_years())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"shared-{year}.csv" if year else "shared.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    out = csv.writer(response)
    out.writerow(["Month", "Organisation", "What for", "Files", "Pupils"])
    for count in queries.published_counts(year) if year else []:
        cells = [
            f"{count.month.month:%Y-%m}",
            count.recipient.name if count.recipient else NOT_LISTED,
            count.purpose.label if count.purpose else NO_PURPOSE,
            NOT_SHOWN if count.files is None else count.files,
            FEWER if count.pupils is None else count.pupils,
        ]
        out.writerow([neutralised(str(cell)) for cell in cells])
    return response


NOT_LISTED = "An organisation that is not listed here"
NO_PURPOSE = "Not one of the reasons in our privacy notice"
FEWER = "fewer than 5"
NOT_SHOWN = "not shown"


def _year(text: str, years: list[int]) -> int | None:
    """Return the year of the address, or the newest without one. Raises Http404 for one without figures."""
    if not text:
        return years[0] if years else None
    if not text.isascii() or not text.isdigit() or int(text) not in years:
        raise Http404
    return int(text)


def _open(recipient: Recipient, today: date) -> bool:
    facts = rules.Recipient(recipient.code, recipient.opened, recipient.closed)
    return rules.is_open(facts, today)
