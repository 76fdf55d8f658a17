"""What was disclosed about one pupil: as page, PDF and CSV, for a request of access."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from consent.identities.same_children import questions_about
from consent.models import Pupil
from consent.queries import own_pupil, present_upn
from notices.queries import controller, item_labels, notice_titles
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import private_csv
from sharing.disclosures.sentences import notice_in_words
from sharing.pupils import lists as pupil_lists
from sharing.pupils.lists import Row


@require_safe
@officers_only
def page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The list, and for the officer alone what is held back; the look is logged."""
    found, rows = _looked_up(request, reference)
    labels, notices = item_labels(), notice_titles()
    context = {
        "section": "pupils",
        "pupil": found,
        "rows": [_shown(row, labels, notices) for row in pupil_lists.for_the_family(rows)],
        "same_child": questions_about(found).first(),
        "held_back": [row for row in rows if row.restricted_until is not None],
    }
    return render(request, "sharing/pupils/list.html", context)


@require_safe
@officers_only
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The list as the family gets it."""
    found, rows = _looked_up(request, reference)
    labels, notices = item_labels(), notice_titles()
    context = {
        "pupil": found,
        "upn": present_upn(found),
        "rows": [_shown(row, labels, notices) for row in pupil_lists.for_the_family(rows)],
        "controller": controller(),
        "today": days.today(),
    }
    return pdf_response(
        request, "sharing/pupils/list_pdf.html", context, name="what-was-shared", keep=True
    )


@require_safe
@officers_only
def as_csv(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The same as CSV."""
    _, rows = _looked_up(request, reference)
    labels, notices = item_labels(), notice_titles()
    headings = ("When", "To whom", "What for", "Which information", "Agreement", "Notice", "How")
    lines = [_shown(row, labels, notices) for row in pupil_lists.for_the_family(rows)]
    cells = (
        (
            line["on"], line["recipient"], line["purpose"], "; ".join(line["items"]),
            line["agreement"], line["notice"], line["means"],
        )
        for line in lines
    )  # fmt: skip
    return private_csv(headings, cells, name="what-was-shared.csv")


def _shown(row: Row, labels: dict[str, str], notices: dict[str, str]) -> dict[str, Any]:
    of = row.disclosure
    version = of.agreement_version
    return {
        "entry": of.entry,
        "on": of.on,
        "recipient": of.recipient.name if of.recipient else "",
        "purpose": of.purpose.label if of.purpose else "",
        "items": sorted((labels.get(code, code) for code in row.items), key=str.casefold),
        "agreement": f"{of.agreement_reference}, version {version.number}"
        if version
        else of.agreement_reference,
        "notice": notice_in_words(of.notice, notices),
        "means": of.get_means_display(),
    }


def _looked_up(request: HttpRequest, reference: str) -> tuple[Pupil, list[Row]]:
    user = staff_of(request)
    found = own_pupil(user, reference)
    if found is None:
        raise Http404
    histories.looked_at(found, by=user, at=days.now())
    return found, pupil_lists.rows_about(found, on=days.today())
