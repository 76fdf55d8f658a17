"""The public register: who we share information with, under which agreement, and how often."""

from datetime import MAXYEAR, MINYEAR, date
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consent.matter_lookup import step_address
from consent.scheme_words import supply_in_words
from notices.models import Recipient
from notices.queries import recipients
from privacy_portal.ground import days
from privacy_portal.ground.log.checkpoints import NotCoveredError, newest_checkpoint, proof_of_entry
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.public_pages.caching import public_page, revalidated
from privacy_portal.ground.ui.pages import other_parameters, page_of
from sharing import rules
from sharing.agreements.in_force import in_force_by_recipient
from sharing.agreements.objectionable import objectionable_in
from sharing.disclosures.month_entries import counts_of_month, month_document
from sharing.register import presenters, queries
from sharing.register.csv_file import write_year


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
    """Show what was shared in a year, as published month by month."""
    years = queries.published_years()
    year = _year(request.GET.get("year", ""), years)
    counts = queries.published_counts(year) if year else []
    organisation, purpose = (request.GET.get(name, "") for name in ("organisation", "purpose"))
    checkpoint = newest_checkpoint()
    rows = presenters.filtered(counts, organisation, purpose)
    context = {
        "section": "register",
        "years": years,
        "year": year,
        "newest": queries.newest_published_month(),
        "counts": counts,
        "page": page_of(request, rows),
        "present": presenters.present,
        "organisation": organisation,
        "purpose": purpose,
        "organisations": presenters.organisations(counts),
        "purposes": presenters.purposes(counts),
        "query": other_parameters(request),
        "months": presenters.months(counts),
        "signed": checkpoint.size if checkpoint else 0,
    }
    return render(request, "sharing/register/disclosures.html", context)


@require_safe
@partial(public_page, parameters=("year",))
def disclosures_csv(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """Return the published figures of a year as CSV; without a year, of the newest."""
    if year is not None and not MINYEAR <= year <= MAXYEAR:
        raise Http404
    if year is None:
        year = _year(request.GET.get("year", ""), queries.published_years())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"shared-{year}.csv" if year else "shared.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    write_year(response, queries.published_counts(year) if year else [])
    return response


@require_safe
@revalidated
def month_json(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Return all that a published month says as JSON: the bytes that its fingerprint in the log is over."""
    published = queries.published_month(year, month) if MINYEAR <= year <= MAXYEAR else None
    if published is None:
        raise Http404
    document = month_document(published.month, published.at, counts_of_month(published))
    response = HttpResponse(document, content_type="application/json")
    name = f"shared-{published}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@revalidated
def month_proof(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Return the proof that the entry of a published month is in the log (C2SP tlog-proof); 404 before a
    checkpoint covers it."""
    published = queries.published_month(year, month) if MINYEAR <= year <= MAXYEAR else None
    if published is None or published.entry is None:
        raise Http404
    try:
        proof = proof_of_entry(published.entry)
    except (NotCoveredError, FolderError) as error:
        raise Http404 from error
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="shared-{published}.tlog-proof"'
    return response


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
