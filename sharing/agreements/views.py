"""Officers' pages about agreements: the list, one, a version, what changed, and warnings."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from notices.queries import controller
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.ui.pages import other_parameters, page_of
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import stored_file
from sharing.agreements import presenters, queries, signing, terms
from sharing.agreements.lawful_bases import bases_of
from sharing.agreements.part import AgreementPart
from sharing.agreements.presenters import STANDINGS, AgreementLine, Bar, VersionLine
from sharing.agreements.queries import AgreementReview, Version
from sharing.agreements.rules import AgreementWarning, Section, Span, Standing
from sharing.agreements.storing import dump_version
from sharing.assurances.queries import review_of
from sharing.basis_rules import BASES
from sharing.models import Signing

EVENTS_LISTED = 100


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def agreements(request: HttpRequest) -> HttpResponseBase:
    """List the agreements with their statuses and bars of when they were in force."""
    today = days.today()
    everything = queries.agreement_reviews(today)
    standing = request.GET.get("standing", "")
    words = request.GET.get("words", "").strip()
    matching = [
        agreement for agreement in everything if _matches(agreement, standing, words.casefold())
    ]
    page = page_of(request, matching)
    spans = [presenters.spans_of(agreement) for agreement in page.object_list]
    frame = presenters.frame_of((span for own in spans for span in own), today)
    numbers = Counter(agreement.standing for agreement in everything)
    context = {
        "section": "agreements",
        "page": page,
        "query": other_parameters(request),
        "lines": [
            AgreementLine(agreement, _bar_of(agreement, own, today, frame))
            for agreement, own in zip(page.object_list, spans, strict=True)
        ],
        "standings": [
            ("", f"All ({len(everything)})"),
            *(
                (status.value, f"{STANDINGS[status][0]} ({numbers[status]})")
                for status in Standing
                if numbers[status]
            ),
        ],
        "tags": STANDINGS,
        "chosen": standing,
        "words": words,
        "total": len(everything),
    }
    return render(request, "sharing/agreements/index.html", context)


def _bar_of(
    of: AgreementReview | Version, spans: Sequence[Span], today: date, frame: tuple[date, date]
) -> Bar:
    return presenters.bar(spans, today, frame=frame, one_day=of.ended_on_first_day)


def _matches(agreement: AgreementReview, standing: str, words: str) -> bool:
    if standing and agreement.standing != standing:
        return False
    row = agreement.current.row
    text = f"{agreement.agreement.reference} {row.title} {row.recipient.name}".casefold()
    return words in text


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def warnings(request: HttpRequest) -> HttpResponseBase:
    """List the agreements that have warnings (A4)."""
    today = days.today()
    warned = queries.all_with_warnings(today)
    page = page_of(request, warned)
    words = queries.words((agreement for agreement, _ in warned), with_schools=False)
    context = {
        "section": "agreements",
        "page": page,
        "warned": [
            (agreement, presenters.warning_lines(warnings, words))
            for agreement, warnings in page.object_list
        ],
        "tags": STANDINGS,
    }
    return render(request, "sharing/agreements/warnings.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def agreement(request: HttpRequest, agreement_id: int) -> HttpResponseBase:
    """Show one agreement: its versions, when each was in force, and its history."""
    today = days.today()
    agreement = get_agreement(agreement_id)
    versions = agreement.versions
    spans = [version.spans for version in versions]
    frame = presenters.frame_of((span for own in spans for span in own), today)
    context = {
        "section": "agreements",
        "agreement": agreement,
        "summary": presenters.summary_of(agreement),
        "bar": _bar_of(agreement, presenters.spans_of(agreement), today, frame),
        "versions": [
            VersionLine(
                version,
                _bar_of(version, own, today, frame),
                _earlier(agreement, version.row.number),
            )
            for version, own in zip(versions, spans, strict=True)
        ],
        "tags": STANDINGS,
        "events": list(queries.events_of(agreement.agreement)[:EVENTS_LISTED]),
        "can_vary": all(version.row.signed_on is not None for version in versions),
    }
    return render(request, "sharing/agreements/agreement.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def version(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Show a version with all its terms, and what a draft lacks, linked to the fields."""
    today = days.today()
    agreement = get_agreement(agreement_id)
    version = get_version(agreement, number)
    words = queries.words([agreement], with_schools=not version.row.all_schools)
    is_current = version is agreement.current
    is_draft = version.row.signed_on is None
    warnings: list[AgreementWarning] = []
    if is_draft:
        warnings = queries.warnings_before_signing(version, today)
    elif is_current:
        warnings = [line for _, own in queries.with_warnings(today, [agreement]) for line in own]
    assurance = review_of(version.row.recipient_id, today) if is_draft else None
    viewed_on = version.row.dpo_on if is_draft else None
    context = {
        "section": "agreements",
        "agreement": agreement,
        "version": version,
        "assurance": assurance,
        "changed_since": queries.changed_since(version.row, viewed_on) if viewed_on else [],
        "tags": STANDINGS,
        "sections": terms.sections_in_words(part_of(version), words),
        "gaps": presenters.gaps_by_section(version.gaps),
        "verbs": presenters.verbs_for(version, today, assurance),
        "signing": signing_of(version),
        "warnings": presenters.warning_lines(warnings, words),
        "earlier": _earlier(agreement, number),
        "basis": bases_of([version.row])[version.row.pk],
        "basis_words": {code: words for code, (words, _) in BASES.items()},
    }
    return render(request, "sharing/agreements/version.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def changes(request: HttpRequest, agreement_id: int, earlier: int, later: int) -> HttpResponseBase:
    """Show what changed from one version to another."""
    agreement = get_agreement(agreement_id)
    old, new = get_version(agreement, earlier), get_version(agreement, later)
    words = queries.words([agreement], with_schools=True)
    context = {
        "section": "agreements",
        "agreement": agreement,
        "earlier": old,
        "later": new,
        "changes": terms.changes(part_of(old), part_of(new), words),
    }
    return render(request, "sharing/agreements/changes.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def paper(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Return the terms as a PDF, with lines for both signatures."""
    agreement = get_agreement(agreement_id)
    version = get_version(agreement, number)
    words = queries.words([agreement], with_schools=not version.row.all_schools)
    part = part_of(version)
    context = {
        "agreement": agreement,
        "version": version,
        # What the council thought of it is no term that the other side signs.
        "sections": terms.sections_in_words(part, words, without=[Section.ASSESSMENT]),
        "digest": signing.terms_digest(part),
        "controller": controller(),
    }
    name = f"{agreement.agreement.reference.replace('/', '-')}-version-{number}"
    return pdf_response(request, "sharing/agreements/pdf.html", context, name=name)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def signed_paper(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Return the signed PDF."""
    agreement = get_agreement(agreement_id)
    signatures = signing_of(get_version(agreement, number))
    if signatures is None:
        raise Http404
    name = f"{agreement.agreement.reference.replace('/', '-')}-version-{number}-signed.pdf"
    return stored_file(partial(signing.document_of, signatures), name=name)


def get_agreement(agreement_id: int) -> AgreementReview:
    """Return the agreement with its versions; 2 queries. Raise Http404 if there is none."""
    agreements = queries.agreement_reviews(days.today(), agreement_id=agreement_id)
    if not agreements:
        raise Http404
    return agreements[0]


def get_version(agreement: AgreementReview, number: int) -> Version:
    """Return the version of that number. Raise Http404 if there is none."""
    for version in agreement.versions:
        if version.row.number == number:
            return version
    raise Http404


def part_of(version: Version) -> AgreementPart:
    """Return the terms of a version in the form of the policy file; no query."""
    return dump_version(
        version.row,
        purposes=annotated(version.row, "purpose_codes", list),
        items=annotated(version.row, "item_codes", list),
    )


def signing_of(version: Version) -> Signing | None:
    """Return who signed it, if that was recorded here; no query."""
    return getattr(version.row, "signing", None)


def _earlier(agreement: AgreementReview, number: int) -> int | None:
    """Return the number of the version before; None for the first."""
    numbers = [version.row.number for version in agreement.versions]
    return max((earlier for earlier in numbers if earlier < number), default=None)
