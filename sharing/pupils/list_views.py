"""What was shared about one pupil, as a page, PDF and CSV, for a request of access."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from consent.identities.same_children import questions_about
from consent.models import Pupil
from consent.on_the_day.unwilling import unwilling_about
from consent.queries import own_pupil, present_upn
from notices.queries import controller, item_labels, notice_titles
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import private_csv
from sharing.disclosures.sentences import notice_in_words
from sharing.models import Disclosure
from sharing.pupils.lists import Row, for_the_family, rows_about


@require_safe
@officers_only
def page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show the list, and to officers alone what is withheld from the family; the view is logged."""
    pupil, rows = _rows_logged(request, reference)
    context = {
        "section": "pupils",
        "pupil": pupil,
        "rows": _lines(rows),
        "unwilling": unwilling_about(pupil),
        "same_child": questions_about(pupil).first(),
        "withheld": [row for row in rows if row.restricted_until is not None],
    }
    return render(request, "sharing/pupils/list.html", context)


@require_safe
@officers_only
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Return the list for the family as a PDF."""
    pupil, rows = _rows_logged(request, reference)
    context = {
        "pupil": pupil,
        "upn": present_upn(pupil),
        "rows": _lines(rows),
        "unwilling": unwilling_about(pupil),
        "controller": controller(),
        "today": days.today(),
    }
    return pdf_response(
        request, "sharing/pupils/list_pdf.html", context, name="what-was-shared", keep=True
    )


@require_safe
@officers_only
def as_csv(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Return the list for the family as CSV."""
    _, rows = _rows_logged(request, reference)
    headings = (
        "Date", "Organisation", "Purpose", "Information", "Agreement", "Privacy notice", "Method",
    )  # fmt: skip
    cells = (
        (
            line["on"], line["recipient"], line["purpose"], "; ".join(line["items"]),
            line["agreement"], line["notice"], line["means"],
        )
        for line in _lines(rows)
    )  # fmt: skip
    return private_csv(headings, cells, name="what-was-shared.csv")


def _lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows that the family can see, in words."""
    labels, notices = item_labels(), notice_titles()
    return [_in_words(row, labels, notices) for row in for_the_family(rows)]


def _in_words(row: Row, labels: dict[str, str], notices: dict[str, str]) -> dict[str, Any]:
    disclosure = row.disclosure
    version = disclosure.agreement_version
    return {
        "entry": disclosure.entry,
        "on": disclosure.on,
        "recipient": disclosure.organisation,
        "purpose": disclosure.why,
        "items": [
            *sorted((labels.get(code, code) for code in row.items), key=str.casefold),
            *_other_information(row),
        ],
        "agreement": f"{disclosure.agreement_reference}, version {version.number}"
        if version
        else _request(disclosure) or disclosure.agreement_reference,
        "notice": notice_in_words(disclosure.notice, notices),
        "means": disclosure.get_means_display(),
    }


def _request(disclosure: Disclosure) -> str:
    """Return the request on which something was shared, where there was no agreement; else empty."""
    decision = disclosure.request_decision
    return f"No agreement: request {decision.request_id}" if decision else ""


def _other_information(row: Row) -> list[str]:
    """Return what else was shared about the pupil on a request, in an officer's words: it goes only with
    everything else."""
    decision = row.disclosure.request_decision
    whole = bool(row.disclosure.item_sets) and set(row.items) == set(row.disclosure.item_sets[0])
    return [decision.words] if decision and decision.words and whole else []


def _rows_logged(request: HttpRequest, reference: str) -> tuple[Pupil, list[Row]]:
    user = staff_of(request)
    pupil = own_pupil(user, reference)
    if pupil is None:
        raise Http404
    histories.log_look(pupil, by=user, at=days.now())
    return pupil, rows_about(pupil, on=days.today())
