"""Officers' pages of the nightly control (K3): how it stands, its nights, and what ends a stop."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted, refreshed
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.control import presenters, queries, resuming
from sharing.control.forms import ResumptionAnswerForm, ResumptionForm
from sharing.control.presenters import NightLine, run_line
from sharing.models import Resumption
from sharing.stops.stopping import stop


@require_safe
@open_to(Action.SEE_RELEASES)
def control(request: HttpRequest) -> HttpResponseBase:
    """Show whether files may leave, and how the newest control ended."""
    return _control(request, ResumptionForm())


def _control(request: HttpRequest, form: ResumptionForm) -> HttpResponse:
    last = queries.last_run()
    waiting_since = request.GET.get("since", "")
    waits = waiting_since == str(last.pk if last else 0)
    resumption = resuming.open_resumption()
    user = staff_of(request)
    context = {
        "section": "releases",
        "stop": stop(),
        "last": run_line(last) if last else None,
        "overdue": last is not None and days.days_later(last.at, 2) < days.now(),
        "tags": presenters.TAGS,
        "waits": waits,
        "resumption": resumption,
        "can_propose": may(user, Action.RELEASE) and allowed(resuming.check_can_propose),
        "can_answer": resumption is not None
        and may(user, Action.APPROVE)
        and allowed(resuming.check_can_answer, resumption, user),
        "own": resumption is not None and resumption.by_id == user.pk,
        "resumptions": queries.resumptions()[:20],
        "form": form,
    }
    page = form_page(request, "sharing/control/control.html", context)
    return refreshed(page) if waits else page


@require_POST
@open_to(change=Action.RELEASE)
def run_now(request: HttpRequest) -> HttpResponseBase:
    """Have the control run now, as a job; the page waits for its result."""
    last = queries.last_run()
    with transaction.atomic():
        defer("sharing.control", {"by": staff_of(request).pk})
    return redirect(f"{reverse('staff-control')}?since={last.pk if last else 0}")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RELEASE)
@not_now_to("staff-control")
def propose(request: HttpRequest) -> HttpResponseBase:
    """Say what was wrong and what was done, so that a second officer can let files leave again."""
    form = ResumptionForm(posted(request))
    if form.is_valid():
        resuming.propose(reason=form.cleaned_data["reason"], by=staff_of(request), at=days.now())
        messages.success(request, "Saved. A second officer must agree before files can leave.")
        return redirect("staff-control")
    resuming.check_can_propose()
    return _control(request, form)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.APPROVE)
@not_now_to("staff-control")
def answer(request: HttpRequest, number: int) -> HttpResponseBase:
    """Let files leave again, as the second officer, or say why not."""
    resumption = get_object_or_404(Resumption.objects.select_related("by", "run"), pk=number)
    resuming.check_can_answer(resumption, staff_of(request))
    form = ResumptionAnswerForm(posted(request))
    if form.is_valid():
        agrees = form.cleaned_data["answer"] == "yes"
        resuming.answer(
            number,
            agrees=agrees,
            note="" if agrees else form.cleaned_data["note"],
            by=staff_of(request),
            at=days.now(),
        )
        done = "Files can leave again." if agrees else "Saved. Files still cannot leave."
        messages.success(request, done)
        return redirect("staff-control")
    context = {
        "section": "releases", "resumption": resumption, "stop": stop(), "form": form,
        "tags": presenters.TAGS,
    }  # fmt: skip
    return form_page(request, "sharing/control/answer.html", context)


@require_safe
@open_to(Action.SEE_RELEASES)
def nights(request: HttpRequest) -> HttpResponseBase:
    """List the last 400 nights with their controls, and those on which none ran."""
    lines = [
        NightLine(night.on, run_line(run) if run else None)
        for night in queries.nights(days.today())
        for run in (*reversed(night.runs),) or (None,)
    ]
    context = {
        "section": "releases", "lines": lines, "nights": queries.NIGHTS, "tags": presenters.TAGS,
        "today": days.today(),
    }  # fmt: skip
    return render(request, "sharing/control/nights.html", context)


@require_safe
@open_to(Action.SEE_RELEASES)
def run_page(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show one control: each scheme, agreement and purpose with what came out."""
    run = get_object_or_404(queries.runs(), pk=number)
    context = {"section": "releases", "line": run_line(run), "tags": presenters.TAGS}
    return render(request, "sharing/control/run.html", context)
