"""The officers' queue: mistakes and complaints that people reported, soonest due first."""

from collections.abc import Callable
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices import presenters, queries
from notices.models import Report, StepKind
from notices.reports import reporting
from notices.reports.forms import AnswerForm, NoteForm, ProgressForm, ReopenForm
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


class _Action(NamedTuple):
    """What an officer can write about a report: the form, what it does, and how it is called."""

    form: type[forms.Form]
    verb: Callable[..., None]
    check: Callable[[Report], None] | None
    title: str
    button: str
    done: str


ACTIONS = {
    "answer": _Action(
        AnswerForm, reporting.answer, reporting.check_open,
        "Answer", "Send the answer", "The answer goes out by email.",
    ),
    "tell": _Action(
        ProgressForm, reporting.tell_progress, reporting.check_open,
        "Tell the person how far it is", "Send the message", "The message goes out by email.",
    ),
    "note": _Action(
        NoteForm, reporting.note, None,
        "Add a note for officers", "Save the note", "The note is saved.",
    ),
    "reopen": _Action(
        ReopenForm, reporting.reopen, reporting.check_answered,
        "Open it again", "Open it again", "It is open again.",
    ),
}  # fmt: skip


@require_safe
@officers_only
def reports(request: HttpRequest) -> HttpResponseBase:
    """Those that wait for an answer, or those that were answered."""
    answered = request.GET.get("answered") == "1"
    reported = Paginator(queries.reports(answered=answered), PER_PAGE)
    page = reported.get_page(request.GET.get("page"))
    context = {
        "section": "reports",
        "page": page,
        "rows": [(each, _left(each)) for each in page.object_list],
        "answered": answered,
        "waiting": queries.reports_waiting(days.today()),
    }
    return render(request, "notices/reports/staff_reports.html", context)


@require_safe
@officers_only
def report(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What somebody reported, what was done, and what can be done now; the look is logged."""
    shown = _report(reference)
    reporting.opened(shown, by=_officer(request), at=days.now())
    actions = [(name, each.title) for name, each in ACTIONS.items() if _possible(each, shown)]
    context = {
        "section": "reports",
        "report": shown,
        "steps": queries.steps_of(shown),
        "actions": actions,
        "answered": shown.last_turn == StepKind.ANSWERED,
        "mine": shown.taken_by_id == _officer(request).pk,
        "receipt": reporting.receipt_of(shown, at=days.now()),
        "left": _left(shown),
    }
    return render(request, "notices/reports/staff_report.html", context)


@require_POST
@officers_only
@not_now_to("staff-report", "reference")
def take(request: HttpRequest, reference: str) -> HttpResponseBase:
    """This officer will see to it."""
    _report(reference)
    reporting.take(reference, by=_officer(request), at=days.now())
    messages.success(request, "You took it on. Reminders go to you.")
    return redirect("staff-report", reference)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-report", "reference")
def step(request: HttpRequest, reference: str, step: str) -> HttpResponseBase:
    """One thing an officer writes: an answer, a message, a note, or why it is opened again."""
    action, shown = ACTIONS.get(step), _report(reference)
    if action is None:
        raise Http404
    if not _possible(action, shown):
        messages.warning(request, "That is not possible as things stand now.")
        return redirect("staff-report", reference)
    form = action.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        action.verb(reference, **form.cleaned_data, by=_officer(request), at=days.now())
        messages.success(request, action.done)
        return redirect("staff-report", reference)
    context = {"section": "reports", "report": shown, "action": action, "form": form}
    status = 422 if form.errors else 200
    return render(request, "notices/reports/staff_report_step.html", context, status=status)


def _possible(action: _Action, report: Report) -> bool:
    return action.check is None or allowed(action.check, report)


def _left(report: Report) -> presenters.Due:
    return presenters.due(report, days.today(), soon=settings.REPORT_REMIND_DAYS)


def _report(reference: str) -> Report:
    found = queries.report(reference)
    if found is None:
        raise Http404
    return found


def _officer(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
