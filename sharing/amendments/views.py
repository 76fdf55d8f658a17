"""Officers’ pages about amendments (H6)."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.environment import count
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.amendments import acknowledging, chasing, making, queries
from sharing.amendments.forms import ByHandForm
from sharing.models import Amendment

LISTS = {
    "due": "To make",
    "sent": "Sent, not confirmed",
    "overdue": "Overdue",
    "confirmed": "Confirmed",
}


@require_safe
@open_to(Action.SEE_RELEASES)
def amendments(request: HttpRequest) -> HttpResponseBase:
    """List the amendments that are due; or that were sent, or confirmed."""
    which = request.GET.get("which", "")
    if which == "sent":
        return _list(request, "sent", queries.waiting())
    if which == "confirmed":
        return _list(request, "confirmed", queries.acknowledged())
    return _list(request, "due", queries.due())


@require_safe
@open_to(Action.SEE_RELEASES)
def overdue(request: HttpRequest) -> HttpResponseBase:
    """List the amendments that nobody confirmed in time."""
    return _list(request, "overdue", queries.overdue(days.now()))


def _list(request: HttpRequest, which: str, rows: QuerySet[Amendment]) -> HttpResponseBase:
    context = {
        "section": "disclosures",
        "which": which,
        "lists": LISTS,
        "page": page_of(request, rows),
        "organisations": queries.organisations(),
        "days": settings.AMENDMENT_OVERDUE_DAYS,
    }
    return render(request, "sharing/amendments/index.html", context)


@require_POST
@open_to(change=Action.RELEASE)
def look(request: HttpRequest) -> HttpResponseBase:
    """Look for changes now, instead of waiting for the night."""
    number = making.look(at=days.now(), by=staff_of(request))
    if number:
        messages.success(request, f"{count(number, 'amendment')} found.")
    else:
        messages.success(request, "Nothing new has changed.")
    return redirect("staff-amendments")


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_RELEASES, change=Action.RELEASE)
@not_now_to("staff-amendment", "number")
def amendment(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show one amendment and its history; record a confirmation that came in another way."""
    amendment = _get(number)
    form = ByHandForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        acknowledging.record_by_hand(
            number, note=form.cleaned_data["note"], by=staff_of(request), at=days.now()
        )
        messages.success(request, "Confirmation recorded")
        return redirect("staff-amendment", number)
    context = {
        "section": "disclosures",
        "amendment": amendment,
        "organisation": queries.organisation_of(amendment),
        "contact": queries.contact_of(amendment),
        "steps": amendment.steps.select_related("by"),
        "can_make": allowed(making.check_can_make, amendment),
        "can_record": allowed(acknowledging.check_can_record, amendment),
        "form": form,
    }
    return form_page(request, "sharing/amendments/amendment.html", context)


@require_POST
@open_to(change=Action.RELEASE)
@not_now_to("staff-amendment", "number")
def make(request: HttpRequest, number: int) -> HttpResponseBase:
    """Make the file and have it checked."""
    _get(number)
    release = making.make(number, by=staff_of(request), at=days.now())
    if release is None:
        messages.warning(request, making.NOTHING)
        return redirect("staff-amendment", number)
    return redirect("staff-release", release.pk)


@require_POST
@open_to(change=Action.RELEASE)
@not_now_to("staff-amendment", "number")
def ask_again(request: HttpRequest, number: int) -> HttpResponseBase:
    """Email a new link to the organisation."""
    _get(number)
    chasing.ask_again(number, by=staff_of(request), at=days.now())
    messages.success(request, "Link sent")
    return redirect("staff-amendment", number)


def _get(number: int) -> Amendment:
    return get_object_or_404(queries.amendments(), pk=number)
