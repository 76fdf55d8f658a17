"""Officers' pages on which a request for data is recorded, part by part."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from consent import upn
from consent.decisions import histories
from consent.matching.searching import SearchResults, search
from consent.models import Pupil
from consent.queries import own_pupils, pupils_by_upn
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import RequestDetails
from sharing.requests import queries, receiving
from sharing.requests.forms import FORMS, NewForm, PeopleForm, initial_of
from sharing.requests.views import get_details, page_context

Part = RequestDetails.Part


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
def new(request: HttpRequest) -> HttpResponseBase:
    """Record a request with the first few things that are known."""
    form = NewForm(posted(request), initial={"received_on": days.today()})
    if request.method == "POST" and form.is_valid():
        recorded = receiving.receive(
            form.answers(),
            submission=form.cleaned_data["submission"],
            by=staff_of(request),
            at=days.now(),
        )
        messages.success(request, "Request recorded. Add what else you know.")
        return redirect("staff-request", recorded.pk)
    context = {"section": "requests", "form": form, "heading": "Record a request", "details": None}
    return form_page(request, "sharing/requests/part.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def part(request: HttpRequest, number: int, part: str) -> HttpResponseBase:
    """Change one part of a request; pupils have a page of their own."""
    details = get_details(number)
    if part not in FORMS:
        raise Http404
    receiving.check_can_change(details.request)
    form = FORMS[part](posted(request), initial=initial_of(details, part))
    if request.method == "POST" and form.is_valid():
        seen = _seen(form.cleaned_data["seen"], details)
        try:
            receiving.change(
                details.request, Part(part), form.answers(), seen=seen, by=staff_of(request),
                at=days.now(),
            )  # fmt: skip
            return redirect("staff-request", number)
        except NotNowError as error:
            form.add_error(None, str(error))
    context = page_context(details) | {"form": form, "heading": Part(part).label}
    return form_page(request, "sharing/requests/part.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def people(request: HttpRequest, number: int) -> HttpResponseBase:
    """Say whom a request is about: find pupils, take them off, and name others by number."""
    details = get_details(number)
    receiving.check_can_change(details.request)
    user = staff_of(request)
    pupils = queries.pupils_of(details)
    form = PeopleForm(posted(request), initial=initial_of(details, Part.PEOPLE))
    words = request.POST.get("q", "").strip()
    results = None
    if request.method == "POST":
        pupils = _ticked(request, details)
        if request.POST.get("press") == "find":
            results = _results(words, pupils, request)
        elif form.is_valid():
            seen = _seen(form.cleaned_data["seen"], details)
            try:
                receiving.change(
                    details.request, Part.PEOPLE, form.answers(), pupils=pupils, seen=seen,
                    by=user, at=days.now(),
                )  # fmt: skip
                return redirect("staff-request", number)
            except NotNowError as error:
                form.add_error(None, str(error))
    histories.log_listed([*pupils, *(results.pupils if results else [])], by=user, at=days.now())
    if results is not None:
        form = PeopleForm(initial={name: request.POST.get(name, "") for name in form.fields})
    context = page_context(details) | {
        "form": form,
        "pupils": pupils,
        "results": results,
        "q": words,
        "heading": Part.PEOPLE.label,
    }
    return form_page(request, "sharing/requests/people.html", context)


def _ticked(request: HttpRequest, details: RequestDetails) -> list[Pupil]:
    """Return the pupils who are ticked on the page."""
    references = []
    for text in request.POST.getlist("pupil"):
        with suppress(ValueError):
            references.append(UUID(text))
    pupils = own_pupils(staff_of(request)).select_related("school").filter(reference__in=references)
    return list(pupils.order_by("surname", "forename", "pk"))


def _results(words: str, pupils: Sequence[Pupil], request: HttpRequest) -> SearchResults:
    """Return the pupils who match a search by number, name or date of birth, but for those ticked."""
    number = upn.normal(words)
    if upn.is_valid(number):
        match = pupils_by_upn([number]).values()
        own = own_pupils(staff_of(request)).select_related("school")
        results = SearchResults(
            list(own.filter(pk__in=[pupil.pk for pupil in match])), False, False
        )
    elif words:
        results = search(own_pupils(staff_of(request)), " ".join(words.split())[:100])
    else:
        results = SearchResults([], False, False)
    ticked = {pupil.pk for pupil in pupils}
    others = [pupil for pupil in results.pupils if pupil.pk not in ticked]
    return SearchResults(others, results.more, results.alike)


def _seen(text: str, details: RequestDetails) -> int:
    """Return the number of the details that the officer saw; what can be none is the first."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1
    return number if 1 <= number <= details.number else 1
