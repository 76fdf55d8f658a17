"""Pages of the queue of online opt-outs, of matching one to a pupil, and of the search for pupils."""

from collections.abc import Callable
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories
from consent.decisions.presenters import waited
from consent.errors import RefusedError
from consent.matching import matching
from consent.matching.candidates import candidates
from consent.matching.forms import COUNCIL, PassForm, RefuseForm, StaffNoteForm
from consent.matching.searching import SearchResults, search
from consent.matter_lookup import schemes_asking_children
from consent.models import School
from consent.queries import (
    matched_to_protected,
    own_pupil,
    own_pupils,
    pupil_decisions_of,
    requests_for,
    requests_to_match,
    schools,
    schools_of,
)
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


class _Action(NamedTuple):
    """An action on an opt-out that is not matched yet: its form, verb and wording."""

    form: type[forms.Form]
    verb: Callable[..., None]
    title: str
    button: str
    hint: str
    success: str


ACTIONS = {
    "ask": _Action(
        StaffNoteForm, matching.ask, "Ask the person to contact us", "Send email",
        "We’ll email the person and ask them to contact the school or the council. The email does not mention any pupil.",
        "We have emailed the person.",
    ),
    "pass": _Action(
        PassForm, matching.pass_on, "Pass to another school or the council", "Pass on",
        "Use this if the pupil is at another school, or you cannot tell.",
        "Opt-out passed on.",
    ),
    "not-found": _Action(
        StaffNoteForm, matching.not_found, "Close with no match", "Close",
        "We’ll keep the form and try to match it each time you import pupils. We’ll also email the person and ask them to contact us.",
        "Opt-out closed with no match.",
    ),
    "refuse": _Action(
        RefuseForm, matching.refuse, "Reject", "Reject",
        "Only use this if the form did not come from someone with the right to opt out. We’ll email the person and ask them to contact us.",
        "Opt-out rejected.",
    ),
}  # fmt: skip


@require_safe
@open_to(Action.SEE_CHOICES)
def opt_outs(request: HttpRequest) -> HttpResponseBase:
    """List the opt-outs to match, oldest first; or all, newest first."""
    user = staff_of(request)
    everything = request.GET.get("all") == "1"
    requests = requests_to_match(user)
    if everything:
        requests = requests_for(user).order_by("-received_at", "-pk")
    page = Paginator(requests, PER_PAGE).get_page(request.GET.get("page"))
    today = days.today()
    context = {
        "section": "staff-opt-outs",
        "page": page,
        "rows": [(opt_out, waited(opt_out.received_at, today)) for opt_out in page.object_list],
        "everything": everything,
        # A match says that the pupil is at the school on the form (P2).
        "protected": matched_to_protected(page.object_list)
        if user.sees_every_school
        else frozenset(),
        "matching_days": terms.number("matching_working_days"),
        "schools": [] if user.sees_every_school else list(schools_of(user)),
        "asks_children": schemes_asking_children().exists(),
    }
    return render(request, "consent/matching/index.html", context)


@require_safe
@open_to(Action.SEE_CHOICES)
def opt_out(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show an online opt-out, the pupils it may be about, and what can be done; log the look."""
    user = staff_of(request)
    sent = get_object_or_404(requests_for(user), reference=reference)
    decisions = pupil_decisions_of(sent)
    to_match = not annotated(sent, "decision_made", bool)
    can_choose = to_match and allowed(matching.check_can_choose, sent)
    likely = candidates(sent, own_pupils(user)) if can_choose else []
    pupils = [*(candidate.pupil for candidate in likely), *(row.pupil for row in decisions)]
    matching.log_look(sent, pupils, by=user, at=days.now())
    context = {
        "section": "staff-opt-outs",
        "opt_out": sent,
        "waited": waited(sent.received_at, days.today()),
        "steps": sent.steps.select_related("by", "to_school"),
        "actions": [(name, action.title) for name, action in ACTIONS.items()] if to_match else [],
        "can_choose": can_choose,
        "candidates": likely,
        "decisions": decisions,
        "hidden": any(decision.pupil.protected for decision in decisions),
    }
    return render(request, "consent/matching/opt_out.html", context)


@require_POST
@open_to(change=Action.RECORD_CHOICES)
@not_now_to("staff-opt-out", "reference", errors=(NotNowError, RefusedError))
def choose(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Match the opt-out to a pupil: it applies from when it was received."""
    user = staff_of(request)
    sent = get_object_or_404(requests_for(user), reference=reference)
    pupil = own_pupil(user, request.POST.get("pupil", ""))
    if pupil is None:
        raise Http404
    matching.choose(sent.reference, pupil, by=user, at=days.now())
    messages.success(request, "Opt-out matched. It applies from the time we received it.")
    return redirect("staff-opt-outs")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.RECORD_CHOICES)
@not_now_to("staff-opt-outs")
def act(request: HttpRequest, reference: str, action: str) -> HttpResponseBase:
    """Ask the person to get in touch, or pass the opt-out on, close or reject it."""
    user = staff_of(request)
    sent = get_object_or_404(requests_for(user), reference=reference)
    step = ACTIONS.get(action)
    if step is None:
        raise Http404
    options: Cleaned = {}
    if step.form is PassForm:
        now = annotated(sent, "school_now", int)
        others = [school for school in schools() if school.pk != now]
        options = {"schools": others, "council": bool(now)}
    form = step.form(posted(request), **options)
    if form.is_valid():
        arguments: Cleaned = {"note": form.cleaned_data["note"], "by": user}
        if step.form is PassForm:
            arguments["to"] = _school(form.cleaned_data["to"], options["schools"])
        step.verb(sent.reference, at=days.now(), **arguments)
        messages.success(request, step.success)
        return redirect("staff-opt-outs")
    context = {"section": "staff-opt-outs", "opt_out": sent, "form": form, "action": step}
    return form_page(request, "consent/matching/opt_out_act.html", context)


def _school(urn: str, others: list[School]) -> School | None:
    return None if urn == COUNCIL else next(school for school in others if school.urn == urn)


@require_safe
@open_to(Action.SEE_CHOICES)
def pupils(request: HttpRequest) -> HttpResponseBase:
    """Find pupils by name, date of birth or UPN; log which pupils the page lists."""
    user = staff_of(request)
    query = " ".join(request.GET.get("q", "").split())[:100]
    context = {
        "section": "pupils",
        "query": query,
        "results": find_pupils(user, query),
        "schools": [] if user.sees_every_school else list(schools_of(user)),
    }
    return render(request, "consent/matching/search.html", context)


def find_pupils(user: User, query: str) -> SearchResults:
    """Return the pupils of the member of staff who match what was typed, and log which."""
    results = search(own_pupils(user), " ".join(query.split())[:100])
    histories.log_listed(results.pupils, by=user, at=days.now())
    return results
