"""Officers' pages on which a file about the pupils of a request is made: what is in it, what they will get,
and its download."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from consent.decisions import histories
from consent.rules import seen_now
from notices.queries import item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.environment import series
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.private_downloads import private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.cover_sheets.making import check_can_make as check_cover_sheet
from sharing.errors import DecisionChangedError, NeedsApprovalError, StalledError
from sharing.models import DataRequest, Disclosure
from sharing.releases.extract_files import new_passphrase
from sharing.requests import queries, words
from sharing.requests.files import content, delivering, handing_over, tickets
from sharing.requests.files.content import FileRow
from sharing.requests.files.forms import FileForm, goes_in_words, name_of
from sharing.requests.views import get_details, page_context

REFUSALS = (NotNowError, DecisionChangedError, NeedsApprovalError, StalledError)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def choose(request: HttpRequest, number: int) -> HttpResponseBase:
    """Choose what is in the file; then show what leaves, with the passphrase, before it is downloaded."""
    details = get_details(number)
    row = handing_over.check_can_make(details.request)
    user, labels = staff_of(request), item_labels()
    histories.log_listed(
        [decided.pupil for decided in row.decision.pupils.all()], by=user, at=days.now()
    )
    items = content.items_in_records(row.decision)
    rows = _offered(row, items)
    can_go = [row for row in rows if row.items]
    form = FileForm(
        posted(request),
        rows=can_go,
        items=items,
        labels=labels,
        today=days.today(),
        initial={
            "pupils": [row.reference for row in can_go],
            "items": items,
            "means": Disclosure.Means.ZIP,
        },
    )
    context = page_context(details) | {
        "decision": row.decision,
        "labels": labels,
        "items_in_words": words.items_in_words,
        "name_of": name_of,
        "goes_in_words": goes_in_words,
    }
    if request.method == "POST" and form.is_valid():
        chosen = _rows_chosen(row, form)
        if empty := [name_of(row) for row in chosen if not row.items]:
            form.add_error("items", _nothing_about(empty))
        else:
            checked = _checked(details.request, row, chosen, form, user=user)
            return render(request, "sharing/requests/file_check.html", context | checked)
    elsewhere = content.items_elsewhere(row.decision)
    context |= {
        "form": form,
        "left_out": [(name_of(row), _why(row)) for row in rows if not row.items],
        "elsewhere": words.items_in_words(elsewhere, labels),
    }
    return form_page(request, "sharing/requests/file.html", context)


def _offered(row: queries.DecisionRow, items: Sequence[str]) -> list[FileRow]:
    return content.offered(row.decision, items, on=days.today(), seen=seen_now(days.now()))


def _items_chosen(row: queries.DecisionRow, form: FileForm) -> list[str]:
    return [
        code
        for code in content.items_in_records(row.decision)
        if code in form.cleaned_data["items"]
    ]


def _rows_chosen(row: queries.DecisionRow, form: FileForm) -> list[FileRow]:
    """Return the rows of the pupils that were chosen, with the items that were."""
    pupils = form.cleaned_data["pupils"]
    offered = _offered(row, _items_chosen(row, form))
    return [file_row for file_row in offered if file_row.reference in pupils]


def _nothing_about(names: Sequence[str]) -> str:
    return f"Nothing that you selected can be shared about {series(names)}. Select more, or leave them out"


def _why(row: FileRow) -> str:
    """Return why nothing about a pupil can be in a file."""
    reason = row.decision.reason
    return reason.sentence if reason else "Pupil records have nothing that was decided about them."


def _checked(
    request: DataRequest,
    row: queries.DecisionRow,
    rows: Sequence[FileRow],
    form: FileForm,
    *,
    user: User,
) -> dict[str, Any]:
    """Return what the page says of the file before it is downloaded, with its ticket."""
    data, items = form.cleaned_data, _items_chosen(row, form)
    means = Disclosure.Means(data["means"])
    ticket = tickets.ticket_for(
        row.decision.pk,
        items,
        rows,
        means=means.value,
        passphrase=new_passphrase() if means is Disclosure.Means.ZIP else "",
        destroy_by=data["destroy_by"],
    )
    return {
        "rows": rows,
        "items": items,
        "means": means.label,
        "ticket": ticket,
        "sealed": tickets.sealed(ticket, request=request, user=user),
        "nameless": len(rows) > 1 and content.names_nobody(items),
    }


@require_POST
@open_to(change=Action.HAND_OVER)
@not_now_to("staff-request-file", "number", errors=REFUSALS)
def download(request: HttpRequest, number: int) -> HttpResponseBase:
    """Hand over the file that the officer saw, once."""
    details, user = get_details(number), staff_of(request)
    check_cover_sheet()
    text = request.POST.get("ticket", "")
    ticket = tickets.opened(text, request=details.request, user=user)
    handover = handing_over.hand_over(details.request, ticket, by=user, clock=days.now)
    stream = delivering.parcel(handover, ticket.passphrase, clock=days.now)
    kind = "text/csv" if stream.name.endswith(".csv") else "application/octet-stream"
    return private_file(stream, name=stream.name, content_type=kind, size=stream.size)
