"""Show officers the corrections and complaints, and let them reply."""

from collections.abc import Callable
from typing import NamedTuple

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notices import presenters, queries
from notices.models import Report, StepKind
from notices.reports import reporting
from notices.reports.forms import AnswerForm, NoteForm, ProgressForm, ReopenForm
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of
from privacy_portal.ground.ui.refusals import not_now_to


class _Action(NamedTuple):
    """Describe something an officer can write about a report: its form, its verb and its words."""

    form: type[forms.Form]
    verb: Callable[..., None]
    check: Callable[[Report], None] | None
    title: str
    button: str
    success: str


ACTIONS = {
    "answer": _Action(
        AnswerForm, reporting.answer, reporting.check_can_act,
        "Reply", "Send reply", "Reply sent",
    ),
    "tell": _Action(
        ProgressForm, reporting.tell_progress, reporting.check_can_act,
        "Send an update", "Send update", "Update sent",
    ),
    "note": _Action(
        NoteForm, reporting.note, None,
        "Add a note", "Save note", "Note saved",
    ),
    "reopen": _Action(
        ReopenForm, reporting.reopen, reporting.check_can_reopen,
        "Reopen", "Reopen", "Case reopened",
    ),
}  # fmt: skip


@require_safe
@open_to(Action.SEE_CASES)
def reports(request: HttpRequest) -> HttpResponseBase:
    """List open reports by the date a reply is due, or closed ones, newest first."""
    closed = request.GET.get("answered") == "1"
    page = page_of(request, queries.reports(answered=closed))
    context = {
        "section": "reports",
        "page": page,
        "rows": [(report, _left(report)) for report in page.object_list],
        "closed": closed,
        "totals": queries.open_totals(days.today()),
    }
    return render(request, "notices/reports/staff_reports.html", context)


@require_safe
@open_to(Action.SEE_CASES)
def report_page(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show a report, its history and what can be done now; log that it was viewed."""
    report = _report(reference)
    reporting.opened(report, by=staff_of(request), at=days.now())
    actions = [
        (name, action.title) for name, action in ACTIONS.items() if _possible(action, report)
    ]
    context = {
        "section": "reports",
        "report": report,
        "steps": queries.steps_of(report),
        "actions": actions,
        "closed": report.last_turn == StepKind.ANSWERED,
        "mine": report.taken_by_id == staff_of(request).pk,
        "receipt": reporting.receipt_of(report, at=days.now()),
        "left": _left(report),
    }
    return render(request, "notices/reports/staff_report.html", context)


@require_POST
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-report", "reference")
def take(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Make the officer the owner of a report."""
    _report(reference)
    reporting.take(reference, by=staff_of(request), at=days.now())
    messages.success(request, "Assigned to you. We’ll send you reminders.")
    return redirect("staff-report", reference)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-report", "reference")
def step(request: HttpRequest, reference: str, step: str) -> HttpResponseBase:
    """Reply, send an update, add a note, or reopen a report."""
    action, report = ACTIONS.get(step), _report(reference)
    if action is None:
        raise Http404
    if not _possible(action, report):
        messages.warning(request, "You cannot do that now.")
        return redirect("staff-report", reference)
    form = action.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        action.verb(reference, **form.cleaned_data, by=staff_of(request), at=days.now())
        messages.success(request, action.success)
        return redirect("staff-report", reference)
    context = {"form": form, "section": "reports", "report": report, "action": action}
    return form_page(request, "notices/reports/staff_report_step.html", context)


def _possible(action: _Action, report: Report) -> bool:
    return action.check is None or allowed(action.check, report)


def _left(report: Report) -> presenters.Due:
    return presenters.due(report, days.today(), soon=settings.REPORT_REMIND_DAYS)


def _report(reference: str) -> Report:
    return get_object_or_404(queries.reports_with_state(), reference=reference)
