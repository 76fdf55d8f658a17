"""What was shared about one pupil, as a page, PDF and CSV, for a request of access."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from consent.identities.same_children import questions_about
from consent.models import Pupil
from consent.on_the_day.unwilling import unwilling_about
from consent.queries import own_pupil, present_upn
from notices.queries import controller, item_labels, locating_items, notice_titles
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.private_downloads import private_csv
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.disclosures.sentences import notice_in_words
from sharing.models import Disclosure
from sharing.pupils import list_approving
from sharing.pupils.forms import ListAnswerForm
from sharing.pupils.lists import Row, for_the_family, rows_about


@require_safe
@open_to(Action.SEE_CASES)
def page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show the list, and to officers alone what is withheld from the family; the view is logged."""
    pupil, rows = _rows_logged(request, reference)
    user = staff_of(request)
    requests = list(list_approving.requests_about(pupil)) if pupil.protected else []
    context = {
        "section": "pupils",
        "pupil": pupil,
        "rows": _lines(pupil, rows),
        "unwilling": unwilling_about(pupil),
        "same_child": questions_about(pupil).first(),
        "withheld": [row for row in rows if row.restricted_until is not None],
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
    _, rows = _rows_logged(request, reference)
    context = {
        "section": "pupils", "pupil": pupil, "asked": asked, "form": form,
        "rows": _lines(pupil, rows),
    }  # fmt: skip
    return form_page(request, "sharing/pupils/list_answer.html", context)


@require_safe
@open_to(Action.DECIDE_CASES)
@not_now_to("staff-pupil-list", "reference")
def pdf(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Return the list for the family as a PDF."""
    pupil, rows = _rows_to_give_out(request, reference)
    context = {
        "pupil": pupil,
        "upn": present_upn(pupil),
        "rows": _lines(pupil, rows),
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
    """Return the list for the family as CSV."""
    pupil, rows = _rows_to_give_out(request, reference)
    headings = (
        "Date", "Organisation", "Purpose", "Information", "Agreement", "Privacy notice", "Method",
    )  # fmt: skip
    cells = (
        (
            line["on"], line["recipient"], line["purpose"], "; ".join(line["items"]),
            line["agreement"], line["notice"], line["means"],
        )
        for line in _lines(pupil, rows)
    )  # fmt: skip
    return private_csv(headings, cells, name="what-was-shared.csv")


def _lines(pupil: Pupil, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows that the family can see, in words; of a protected pupil without the items that
    tell where somebody is (P5)."""
    labels, notices = item_labels(), notice_titles()
    hidden = locating_items() if pupil.protected else frozenset()
    return [
        _in_words(
            replace(row, items=tuple(code for code in row.items if code not in hidden)),
            labels,
            notices,
            [] if pupil.protected else _other_information(row),
        )
        for row in for_the_family(rows)
    ]


def _in_words(
    row: Row, labels: dict[str, str], notices: dict[str, str], others: list[str]
) -> dict[str, Any]:
    disclosure = row.disclosure
    version = disclosure.agreement_version
    return {
        "entry": disclosure.entry,
        "on": disclosure.on,
        "recipient": disclosure.organisation,
        "purpose": disclosure.why,
        "items": [
            *sorted((labels.get(code, code) for code in row.items), key=str.casefold),
            *others,
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
    everything else, and never in a file of the portal. Nobody can tell whether they say where a protected
    pupil is."""
    decision = row.disclosure.request_decision
    if row.disclosure.origin == Disclosure.Origin.REQUEST:
        return []
    whole = bool(row.disclosure.item_sets) and set(row.items) == set(row.disclosure.item_sets[0])
    return [decision.words] if decision and decision.words and whole else []


def _rows_to_give_out(request: HttpRequest, reference: str) -> tuple[Pupil, list[Row]]:
    list_approving.check_can_give_out(
        _pupil_of(request, reference), staff_of(request), at=days.now()
    )
    return _rows_logged(request, reference)


def _rows_logged(request: HttpRequest, reference: str) -> tuple[Pupil, list[Row]]:
    pupil = _pupil_of(request, reference)
    histories.log_look(pupil, by=staff_of(request), at=days.now())
    return pupil, rows_about(pupil, on=days.today())


def _pupil_of(request: HttpRequest, reference: str) -> Pupil:
    pupil = own_pupil(staff_of(request), reference)
    if pupil is None:
        raise Http404
    return pupil
