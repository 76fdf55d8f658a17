"""Officers' pages about agreements: all of them, one, a version, what changed, what to warn of."""

from collections.abc import Sequence
from functools import partial

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices.queries import controller
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import stored_file
from sharing.agreements import (
    presenters as agreement_presenters,
    queries as agreement_queries,
    signing as agreeing,
    terms as agreement_terms,
)
from sharing.agreements.lawful_bases import bases_of
from sharing.agreements.part import AgreementPart
from sharing.agreements.presenters import STANDINGS
from sharing.agreements.queries import Reviewed, Version
from sharing.agreements.rules import Standing
from sharing.agreements.storing import dump_version
from sharing.basis_rules import BASES
from sharing.models import Signing

PER_PAGE = 50
EVENTS_SHOWN = 100


@require_safe
@officers_only
def agreements(request: HttpRequest) -> HttpResponseBase:
    """Every agreement with how it stands and a bar of when it was in force."""
    today = days.today()
    everything = agreement_queries.reviewed(today)
    chosen = request.GET.get("standing", "")
    words = request.GET.get("words", "").strip()
    found = [each for each in everything if _fits(each, chosen, words.casefold())]
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    spans = [agreement_presenters.spans_of(each) for each in page.object_list]
    frame = agreement_presenters.frame_of((each for of in spans for each in of), today)
    counts = {each: sum(a.standing is each for a in everything) for each in Standing}
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "section": "agreements",
        "page": page,
        "query": query.urlencode(),
        "listed": [
            (each, agreement_presenters.bar(of, today, frame=frame))
            for each, of in zip(page.object_list, spans, strict=True)
        ],
        "standings": [
            (each, STANDINGS[each][0], counts[each]) for each in Standing if counts[each]
        ],
        "tags": STANDINGS,
        "chosen": chosen,
        "words": words,
        "total": len(everything),
        "frame": frame,
    }
    return render(request, "sharing/agreements/index.html", context)


def _fits(agreement: Reviewed, standing: str, words: str) -> bool:
    if standing and agreement.standing != standing:
        return False
    row = agreement.current.row
    text = f"{agreement.agreement.reference} {row.title} {row.recipient.name}".casefold()
    return words in text


@require_safe
@officers_only
def warnings(request: HttpRequest) -> HttpResponseBase:
    """The agreements against the notices in force and against their use (A4)."""
    today = days.today()
    warned = agreement_queries.warned(today, agreement_queries.reviewed(today))
    page = Paginator(warned, PER_PAGE).get_page(request.GET.get("page"))
    words = agreement_queries.words((each for each, _ in warned), with_schools=False)
    context = {
        "section": "agreements",
        "page": page,
        "listed": [
            (each, agreement_presenters.warning_lines(of, words)) for each, of in page.object_list
        ],
        "tags": STANDINGS,
    }
    return render(request, "sharing/agreements/warnings.html", context)


@require_safe
@officers_only
def agreement(request: HttpRequest, agreement_id: int) -> HttpResponseBase:
    """One agreement: its versions, when each was in force, and what was done."""
    today = days.today()
    found = found_agreement(agreement_id)
    spans = [each.spans for each in found.versions]
    frame = agreement_presenters.frame_of((each for of in spans for each in of), today)
    context = {
        "section": "agreements",
        "agreement": found,
        "bar": agreement_presenters.bar(agreement_presenters.spans_of(found), today, frame=frame),
        "versions": [
            (each, agreement_presenters.bar(of, today, frame=frame))
            for each, of in zip(found.versions, spans, strict=True)
        ],
        "tags": STANDINGS,
        "events": list(agreement_queries.events_of(found.agreement)[:EVENTS_SHOWN]),
        "can_vary": all(each.row.signed_on is not None for each in found.versions),
    }
    return render(request, "sharing/agreements/agreement.html", context)


@require_safe
@officers_only
def version(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """A version with all its terms; of a draft what is missing too, each linked to its field."""
    today = days.today()
    found = found_agreement(agreement_id)
    shown = found_version(found, number)
    words = agreement_queries.words([found], with_schools=not shown.row.all_schools)
    warned = agreement_queries.warned(today, [found]) if shown is found.current else []
    context = {
        "section": "agreements",
        "agreement": found,
        "shown": shown,
        "tags": STANDINGS,
        "terms": agreement_terms.in_words_of(part_of(shown), words),
        "gaps": agreement_presenters.gaps_by_section(shown.gaps),
        "verbs": agreement_presenters.verbs_for(shown, today),
        "signing": signing_of(shown),
        "warnings": [
            line for _, of in warned for line in agreement_presenters.warning_lines(of, words)
        ],
        "earlier": _earlier(found, number),
        "basis": bases_of([shown.row])[shown.row.pk],
        "basis_words": {code: words for code, (words, _) in BASES.items()},
    }
    return render(request, "sharing/agreements/version.html", context)


@require_safe
@officers_only
def changes(request: HttpRequest, agreement_id: int, earlier: int, later: int) -> HttpResponseBase:
    """What changed from one version to another."""
    found = found_agreement(agreement_id)
    old, new = found_version(found, earlier), found_version(found, later)
    words = agreement_queries.words([found], with_schools=True)
    context = {
        "section": "agreements",
        "agreement": found,
        "earlier": old,
        "later": new,
        "changes": agreement_terms.changes(part_of(old), part_of(new), words),
    }
    return render(request, "sharing/agreements/changes.html", context)


@require_safe
@officers_only
def paper(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """The terms on paper, with lines for both signatures."""
    found = found_agreement(agreement_id)
    shown = found_version(found, number)
    words = agreement_queries.words([found], with_schools=not shown.row.all_schools)
    part = part_of(shown)
    context = {
        "agreement": found,
        "shown": shown,
        "terms": agreement_terms.in_words_of(part, words),
        "digest": agreeing.terms_digest(part),
        "controller": controller(),
    }
    name = f"{found.agreement.reference.replace('/', '-')}-version-{number}"
    return pdf_response(request, "sharing/agreements/pdf.html", context, name=name)


@require_safe
@officers_only
def signed_paper(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """The signed PDF that was kept."""
    found = found_agreement(agreement_id)
    signing = signing_of(found_version(found, number))
    if signing is None:
        raise Http404
    name = f"{found.agreement.reference.replace('/', '-')}-version-{number}-signed.pdf"
    return stored_file(partial(agreeing.document_of, signing), name=name)


def found_agreement(agreement_id: int) -> Reviewed:
    """The agreement at this address; 2 queries. Raises Http404."""
    found: Sequence[Reviewed] = agreement_queries.reviewed(days.today(), agreement_id=agreement_id)
    if not found:
        raise Http404
    return found[0]


def found_version(agreement: Reviewed, number: int) -> Version:
    """The version of that number. Raises Http404."""
    for each in agreement.versions:
        if each.row.number == number:
            return each
    raise Http404


def part_of(version: Version) -> AgreementPart:
    """The terms of a version as a file has them; no query."""
    return dump_version(
        version.row,
        purposes=annotated(version.row, "purpose_codes", list),
        items=annotated(version.row, "item_codes", list),
    )


def signing_of(version: Version) -> Signing | None:
    """Who signed it, where that was recorded here; no query."""
    return getattr(version.row, "signing", None)


def _earlier(agreement: Reviewed, number: int) -> int | None:
    before = [each.row.number for each in agreement.versions if each.row.number < number]
    return max(before, default=None)
