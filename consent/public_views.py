"""The online opt-out: one question a page, check answers, done.

Answers lie in the session only until they are sent, or until we learn that the pupil is
too young to decide: then nothing of them is kept (C1). Whoever sends an opt-out is told
the same, whether or not a pupil was found (C7).
"""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import rules
from consent.errors import TooYoungError
from consent.forms import OTHER_SCHOOL, STEPS, BornForm, SchoolForm, Step
from consent.models import Scheme
from consent.queries import scheme_facts, scheme_with_basics, schemes, schools
from consent.requesting import Answers, receive_opt_out
from privacy_portal import days

ANSWERS = "opt-out-answers"
SENT = "opt-out-sent"


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What can be opted out of, and what that does."""
    offered = [scheme_with_basics(scheme.code) for scheme in schemes()]
    return render(request, "consent/start.html", {"section": "opt-out", "schemes": offered})


@require_POST
def begin(request: HttpRequest, scheme: str) -> HttpResponse:
    """Starts afresh under one scheme."""
    if scheme_with_basics(scheme) is None:
        raise Http404
    request.session[ANSWERS] = {"scheme": scheme}
    request.session.pop(SENT, None)
    return redirect("opt-out-step", "who")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    """One question; afterwards the next that is open, or the check of all answers."""
    kind = STEPS.get(step)
    if kind is None:
        raise Http404
    answers = request.session.get(ANSWERS)
    scheme = _scheme(answers)
    if answers is None or scheme is None:
        return redirect("opt-out")
    if request.method != "POST":
        if (first := _open_step(answers)) and list(STEPS).index(step) > list(STEPS).index(first):
            return redirect("opt-out-step", first)
        form = _form(kind, None, answers, scheme)
        return _question(request, form, step)
    form = _form(kind, request.POST, answers, scheme)
    if not form.is_valid():
        return _question(request, form, step)
    values = form.values()
    if step == "who" and values["by"] != answers.get("by"):
        for later in ("date-of-birth", "contact"):
            answers.pop(later, None)
    if step == "date-of-birth" and not _may_decide(scheme, answers["by"], values["born"]):
        return _too_young(request, scheme)
    answers[step] = values
    if step == "who":
        answers["by"] = values["by"]
    request.session[ANSWERS] = answers
    following = _open_step(answers)
    return redirect("opt-out-step", following) if following else redirect("opt-out-check")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request: HttpRequest) -> HttpResponse:
    """All answers, each to be changed; sending them stores the opt-out before we say so."""
    answers = request.session.get(ANSWERS)
    scheme = _scheme(answers)
    if answers is None or scheme is None:
        return redirect("opt-out-done" if SENT in request.session else "opt-out")
    if missing := _open_step(answers):
        return redirect("opt-out-step", missing)
    given = _given(answers)
    if request.method != "POST":
        context = {"section": "opt-out", "scheme": scheme, "given": given}
        return render(request, "consent/check.html", context)
    try:
        received = receive_opt_out(scheme, given, at=days.now())
    except TooYoungError:
        return _too_young(request, scheme)
    del request.session[ANSWERS]
    request.session[SENT] = {"reference": received.reference, "scheme": scheme.code}
    return redirect("opt-out-done")


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The reference, what happens now, and what still goes."""
    sent = request.session.get(SENT)
    scheme = scheme_with_basics(sent["scheme"]) if sent else None
    if sent is None or scheme is None:
        return redirect("opt-out")
    context = {"section": "opt-out", "reference": sent["reference"], "scheme": scheme}
    return render(request, "consent/done.html", context)


def _question(request: HttpRequest, form: Step, step: str) -> HttpResponse:
    order = list(STEPS)
    at = order.index(step)
    context = {
        "section": "opt-out",
        "form": form,
        "back": order[at - 1] if at else None,
    }
    return render(request, "consent/step.html", context, status=422 if form.errors else 200)


def _form(kind: type[Step], data: Any, answers: dict[str, Any], scheme: Scheme) -> Step:
    more: dict[str, Any] = {}
    if kind is BornForm:
        more["today"] = days.today()
    if kind is SchoolForm:
        more["schools"] = list(schools())
    names = {form: name for name, form in STEPS.items()}
    initial = answers.get(names[kind])
    return kind(data, initial=initial, answers=answers, scheme=scheme, **more)


def _scheme(answers: dict[str, Any] | None) -> Scheme | None:
    return scheme_with_basics(answers["scheme"]) if answers else None


def _open_step(answers: dict[str, Any]) -> str | None:
    return next((name for name in STEPS if name not in answers), None)


def _may_decide(scheme: Scheme, by: str, born: str) -> bool:
    return rules.may_decide(
        scheme_facts(scheme), rules.DecidedBy(by), date.fromisoformat(born), days.today()
    )


def _too_young(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """C1 Kindly: ask a parent. Nothing of the attempt is kept."""
    request.session.pop(ANSWERS, None)
    return render(request, "consent/too_young.html", {"section": "opt-out", "scheme": scheme})


def _given(answers: dict[str, Any]) -> Answers:
    urn = answers["school"]["school"]
    school = None if urn == OTHER_SCHOOL else schools().filter(urn=urn).first()
    contact = answers["contact"]
    return Answers(
        by=rules.DecidedBy(answers["by"]),
        surname=answers["name"]["surname"],
        forename=answers["name"]["forename"],
        born=date.fromisoformat(answers["date-of-birth"]["born"]),
        school=school,
        other_school="" if school else answers["school"]["other_school"] or urn,
        person_name=contact["person_name"],
        relation=contact.get("relation", ""),
        email=contact["email"],
        phone=contact["phone"],
        address=contact["address"],
    )
