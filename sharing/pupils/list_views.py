"""What was shared about one pupil, as a page, PDF and CSV, for a request of access."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from consent.identities.same_children import questions_about
from consent.models import Pupil
from consent.on_the_day.unwilling import unwilling_about
from consent.queries import own_pupil, present_upn
from notices.queries import controller, labels, locating_items, recipients
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import CSV, private_file
from privacy_portal.ground.ui.refusals import not_now_to
from privacy_portal.ground.ui.streamed_tables import csv_pieces
from sharing.disclosures.person_lines import NOT_LISTED
from sharing.pupils import list_approving, lists
from sharing.pupils.forms import ListAnswerForm
from sharing.pupils.list_presenters import (
    OTHERS,
    OTHERS_CODE,
    Words,
    groups_in_words,
    rows_in_words,
)


@require_safe
@open_to(Action.SEE_CASES)
def page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show the list page by page, grouped by organisation, and to officers alone what is withheld from the
    family; the view is logged."""
    pupil = _pupil_logged(request, reference)
    user = staff_of(request)
    requests = list(list_approving.requests_about(pupil)) if pupil.protected else []
    context = {
        **_list_context(request, pupil),
        "unwilling": unwilling_about(pupil),
        "same_child": questions_about(pupil).first(),
        "can_give_out": allowed(list_approving.check_can_give_out, pupil, user, at=days.now()),
        "requests": requests,
        "asked": any(row.by_id == user.pk and not hasattr(row, "answer") for row in requests),
    }
    return render(request, "sharing/pupils/list.html", context)


@require_POST
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-pupil-list", "reference")
def ask(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ask a second officer to agree that a protected pupil's list is given out (P5)."""
    pupil = _pupil_of(request, reference)
    list_approving.ask(pupil, by=staff_of(request), at=days.now())
    messages.success(request, "Asked. You can download the list once an approving officer agrees.")
    return redirect("staff-pupil-list", reference)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.APPROVE)
@not_now_to("staff-pupil-list", "reference")
def answer(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Answer another officer who wants to give out a protected pupil's list (P5)."""
    user = staff_of(request)
    pupil = _pupil_of(request, reference)
    asked = get_object_or_404(list_approving.requests_for(user), pk=number, pupil=pupil)
    form = ListAnswerForm(posted(request))
    if form.is_valid():
        agrees, note = form.cleaned_data["answer"] == "yes", form.cleaned_data["note"]
        list_approving.answer(asked, agrees=agrees, note=note, by=user, at=days.now())
        messages.success(request, "Saved.")
        return redirect("staff-pupil-list", reference)
    pupil = _pupil_logged(request, reference)
    context = {**_list_context(request, pupil), "asked": asked, "form": form}
    return form_page(request, "sharing/pupils/list_answer.html", context)


@require_safe
@open_to(Action.DECIDE_CASES)
@not_now_to("staff-pupil-list", "reference")
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Return the list for the family as a PDF."""
    pupil = _pupil_to_give_out(request, reference)
    context = {
        "pupil": pupil,
        "upn": present_upn(pupil),
        "rows": list(_whole_list(pupil)),
        "unwilling": unwilling_about(pupil),
        "controller": controller(),
        "today": days.today(),
    }
    return pdf_response(
        request, "sharing/pupils/list_pdf.html", context, name="what-was-shared", keep=True
    )


@require_safe
@open_to(Action.DECIDE_CASES)
@not_now_to("staff-pupil-list", "reference")
def as_csv(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Return the list for the family as CSV, as a stream."""
    pupil = _pupil_to_give_out(request, reference)
    headings = (
        "Date", "Organisation", "Purpose", "Information", "Agreement", "Privacy notice", "Method",
        "What went wrong",
    )  # fmt: skip
    cells = (
        (
            line["on"], line["recipient"], line["purpose"], "; ".join(line["items"]),
            line["agreement"], line["notice"], line["means"], " ".join(line["remarks"]),
        )
        for line in _whole_list(pupil)
    )  # fmt: skip
    pieces = csv_pieces(headings, cells)
    return private_file(pieces, name="what-was-shared.csv", content_type=CSV)


def _list_context(request: HttpRequest, pupil: Pupil) -> dict[str, Any]:
    """Return what the list's pages show of it: the page that the address asks for, of everything or of
    one organisation. Raise Http404 for an organisation that got nothing."""
    code = request.GET.get("organisation", "")
    known = {one.pk: (one.code, one.name) for one in recipients()}
    numbers = {of: number for number, (of, _) in known.items()} | {OTHERS_CODE: NOT_LISTED}
    if code and code not in numbers:
        raise Http404
    chosen = numbers[code] if code else None
    listed = lists.page_about(pupil, request.GET, on=days.today(), recipient=chosen)
    return {
        "section": "pupils",
        "pupil": pupil,
        "groups": groups_in_words(listed.groups, known),
        "entries": sum(group.count for group in listed.groups),
        "chosen": code,
        "chosen_name": OTHERS if code == OTHERS_CODE else known[chosen][1] if chosen else "",
        "count": listed.count,
        "page": listed.page,
        "rows": list(rows_in_words(pupil, listed.page.object_list, _words(pupil))),
        "query": urlencode({"organisation": code}) if code else "",
        "withheld": listed.withheld,
    }


def _whole_list(pupil: Pupil) -> Iterable[dict[str, Any]]:
    return rows_in_words(pupil, lists.whole_list(pupil, on=days.today()), _words(pupil))


def _words(pupil: Pupil) -> Words:
    hidden = locating_items() if pupil.protected else frozenset()
    codes = labels()
    return Words(codes.items, codes.notices, hidden)


def _pupil_to_give_out(request: HttpRequest, reference: str) -> Pupil:
    pupil = _pupil_of(request, reference)
    list_approving.check_can_give_out(pupil, staff_of(request), at=days.now())
    histories.log_look(pupil, by=staff_of(request), at=days.now())
    return pupil


def _pupil_logged(request: HttpRequest, reference: str) -> Pupil:
    pupil = _pupil_of(request, reference)
    histories.log_look(pupil, by=staff_of(request), at=days.now())
    return pupil


def _pupil_of(request: HttpRequest, reference: str) -> Pupil:
    pupil = own_pupil(staff_of(request), reference)
    if pupil is None:
        raise Http404
    return pupil
