"""The public’s pages to correct information or complain: one question a page."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from notices.models import Concerns, ReportKind
from notices.reports import reporting
from notices.reports.forms import QUESTIONS, PersonForm, concerns_of, kind_of
from privacy_portal.ground import days
from privacy_portal.ground.limits.pacing import held_back
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from privacy_portal.ground.ui.questions import Journey, Question

ANSWERS = "report-answers"
SENT = "report-sent"


@require_safe
@public_page
def start(request: HttpRequest) -> HttpResponse:
    """Say what the form is for, how long it takes, and other ways to do it."""
    context = {
        "section": "report",
        "first": next(iter(QUESTIONS)),
        "days": terms.number("report_days"),
    }
    return render(request, "notices/reports/start.html", context)


@require_http_methods(FORM_METHODS)
def step(request: HttpRequest, step: str) -> HttpResponse:
    """Ask one question; afterwards the next open one, or the check of all answers."""
    journey = Journey(request.session, ANSWERS, QUESTIONS)
    if step not in QUESTIONS:
        raise Http404
    if step not in journey.names() or journey.skips(step):
        return redirect("report-step", journey.open() or "kind")
    more: Cleaned = {"today": days.today()} if QUESTIONS[step] is PersonForm else {}
    data = request.POST if request.method == "POST" else None
    form = QUESTIONS[step](data, initial=journey.answers.get(step), answers=journey.answers, **more)
    if data is None or not form.is_valid():
        return _question(request, form, journey.before(step), complete=journey.open() is None)
    values = form.values()
    _drop_outdated(step, values, journey)
    journey.keep(step, values)
    following = journey.open()
    return redirect("report-step", following) if following else redirect("report-check")


@require_http_methods(FORM_METHODS)
def check_answers(request: HttpRequest) -> HttpResponse:
    """Show all answers to be checked; sending them stores the report before the page says so."""
    journey = Journey(request.session, ANSWERS, QUESTIONS)
    if not journey.answers:
        return redirect("report-done" if SENT in request.session else "report")
    if missing := journey.open():
        return redirect("report-step", missing)
    answers = _report_answers(journey.answers)
    if request.method != "POST":
        steps = {name: _address(name) for name in journey.names()}
        context = {"section": "report", "answers": answers, "steps": steps}
        return render(request, "notices/reports/check.html", context)
    at = days.now()
    if page := held_back(request, "report-from", at=at, back=reverse("report-check")):
        return page
    report = reporting.receive(answers, submission=journey.submission, at=at)
    journey.drop()
    request.session[SENT] = {
        "reference": report.reference,
        "kind": report.kind,
        "due_on": report.due_on.isoformat(),
        "mailed": reporting.receipt_of(report, at=at) is not reporting.Receipt.NOT_MAILED,
    }
    return redirect("report-done")


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Show the reference number and what happens next."""
    sent = request.session.get(SENT)
    if sent is None:
        return redirect("report")
    context = {"section": "report", **sent, "due_on": date.fromisoformat(sent["due_on"])}
    return render(request, "notices/reports/done.html", context)


def _question(
    request: HttpRequest, form: Question, back: str | None, *, complete: bool
) -> HttpResponse:
    back_to = _address(back) if back else reverse("report")
    context = {
        "form": form,
        "section": "report",
        "back_to": reverse("report-check") if complete else back_to,
    }
    return form_page(request, "notices/reports/step.html", context)


def _address(step: str) -> str:
    return reverse("report-step", args=[step])


def _drop_outdated(step: str, values: Cleaned, journey: Journey) -> None:
    """Forget later answers that a changed answer makes wrong; they are asked again."""
    nobody = concerns_of(journey.answers) == Concerns.NOBODY
    if step == "kind" and values["kind"] == ReportKind.MISTAKE and nobody:
        journey.answers.pop("about", None)  # a mistake is about someone
    if step == "about" and values != journey.answers.get("about"):
        journey.answers.pop("person", None)


def _report_answers(answers: Cleaned) -> reporting.ReportAnswers:
    person = answers.get("person", {})
    concerns = concerns_of(answers)
    if concerns == Concerns.NOBODY:
        person = {}
    about = answers["contact"]["name"] if concerns == Concerns.SELF else person.get("person", "")
    born = person.get("born")
    return reporting.ReportAnswers(
        kind=kind_of(answers),
        concerns=concerns,
        person=about,
        born=date.fromisoformat(born) if born else None,
        school=person.get("school", ""),
        **answers["what"],
        **answers["contact"],
    )
