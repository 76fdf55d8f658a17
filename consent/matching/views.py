"""Opt-outs sent online, for school staff and officers: the queue, and finding the pupil."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions.presenters import waited
from consent.errors import RefusedError
from consent.matching import matching
from consent.matching.candidates import candidates
from consent.matching.forms import COUNCIL, NoteForm, PassForm, RefuseForm
from consent.models import OptOutRequest, School
from consent.queries import (
    own_pupil,
    own_pupils,
    pupil_decisions_of,
    request_for,
    requests_for,
    schools,
    schools_of,
    steps_of,
    waiting_for,
)
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import staff_of, staff_only
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


class _Action(NamedTuple):
    """What else can be done with an opt-out that waits: its form, its verb and its words."""

    form: type[forms.Form]
    verb: Callable[..., None]
    title: str
    button: str
    hint: str
    done: str


ACTIONS = {
    "ask": _Action(
        NoteForm, matching.ask, "Ask the person to get in touch", "Send the email",
        "The person gets an email that asks them to contact the school or the council. It says nothing about any pupil.",
        "The person is asked by email.",
    ),
    "pass": _Action(
        PassForm, matching.pass_on, "Pass it on", "Pass it on",
        "If the pupil is at another school, or you cannot tell.",
        "It is passed on.",
    ),
    "not-found": _Action(
        NoteForm, matching.not_found, "No pupil fits", "Close it",
        "It is kept, and tried again with every new roll. The person gets an email that asks them to get in touch.",
        "It is closed. It is tried again with every new roll.",
    ),
    "refuse": _Action(
        RefuseForm, matching.refuse, "Refuse it", "Refuse it",
        "Only if it never was an opt-out of somebody who may decide. The person gets an email that asks them to get in touch.",
        "It is refused.",
    ),
}  # fmt: skip


@require_safe
@staff_only
def opt_outs(request: HttpRequest) -> HttpResponseBase:
    """Those that wait for a person to find their pupil, oldest first; or all, newest first."""
    user = staff_of(request)
    everything = request.GET.get("all") == "1"
    found = requests_for(user).order_by("-received_at", "-pk") if everything else waiting_for(user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    today = days.today()
    context = {
        "section": "staff-opt-outs",
        "page": page,
        "rows": [(each, waited(each.received_at, today)) for each in page.object_list],
        "everything": everything,
        "matching_days": settings.MATCHING_WORKING_DAYS,
        "schools": [] if user.is_officer else list(schools_of(user)),
    }
    return render(request, "consent/matching/index.html", context)


@require_safe
@staff_only
def opt_out(request: HttpRequest, reference: str) -> HttpResponseBase:
    """One opt-out sent online, the pupils it may be about, and what can be done; logged."""
    user = staff_of(request)
    shown = _request(user, reference)
    made = pupil_decisions_of(shown)
    likely = [] if shown.decision_made else candidates(shown, own_pupils(user))  # type: ignore[attr-defined]
    seen = [each.pupil for each in likely] + [each.pupil for each in made]
    matching.opened(shown, seen, by=user, at=days.now())
    return _page(request, shown, candidates=likely, made=made)


@require_POST
@staff_only
@not_now_to("staff-opt-out", "reference", errors=(NotNowError, RefusedError))
def choose(request: HttpRequest, reference: str) -> HttpResponseBase:
    """This is the pupil: the opt-out counts from when it was received."""
    user = staff_of(request)
    shown = _request(user, reference)
    pupil = own_pupil(user, request.POST.get("pupil", ""))
    if pupil is None:
        raise Http404
    matching.choose(shown.reference, pupil, by=user, at=days.now())
    messages.success(request, "The opt-out has its pupil, and counts from when it was received.")
    return redirect("staff-opt-outs")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@not_now_to("staff-opt-outs")
def act(request: HttpRequest, reference: str, action: str) -> HttpResponseBase:
    """Asks the person, passes it on, closes or refuses it."""
    user = staff_of(request)
    shown = _request(user, reference)
    chosen = ACTIONS.get(action)
    if chosen is None:
        raise Http404
    more: dict[str, Any] = {}
    if chosen.form is PassForm:
        now = shown.school_now  # type: ignore[attr-defined]
        others = [each for each in schools() if each.pk != now]
        more = {"schools": others, "council": bool(now)}
    form = chosen.form(request.POST if request.method == "POST" else None, **more)
    if request.method == "POST" and form.is_valid():
        arguments: dict[str, Any] = {"note": form.cleaned_data["note"], "by": user}
        if chosen.form is PassForm:
            arguments["to"] = _school(form.cleaned_data["to"], more["schools"])
        chosen.verb(shown.reference, at=days.now(), **arguments)
        messages.success(request, chosen.done)
        return redirect("staff-opt-outs")
    context = {
        "section": "staff-opt-outs", "shown": shown, "form": form, "action": chosen,
    }  # fmt: skip
    code = 422 if form.errors else 200
    return render(request, "consent/matching/opt_out_act.html", context, status=code)


def _page(request: HttpRequest, shown: OptOutRequest, **more: Any) -> HttpResponseBase:
    waits = not shown.decision_made  # type: ignore[attr-defined]
    context = {
        "section": "staff-opt-outs",
        "shown": shown,
        "waited": waited(shown.received_at, days.today()),
        "steps": steps_of(shown),
        "actions": [(name, each.title) for name, each in ACTIONS.items()] if waits else [],
        **more,
    }
    return render(request, "consent/matching/opt_out.html", context)


def _request(user: User, reference: str) -> OptOutRequest:
    found = request_for(user, reference)
    if found is None:
        raise Http404
    return found


def _school(urn: str, offered: list[School]) -> School | None:
    return None if urn == COUNCIL else next(each for each in offered if each.urn == urn)
