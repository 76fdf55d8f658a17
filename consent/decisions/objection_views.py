"""Pages of objections, for officers: decided within a month, and the person told (C10)."""

from typing import Unpack

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions import histories, objecting
from consent.decisions.presenters import objection_state
from consent.models import Ruling
from consent.rules import OBJECTION_ENDS_DAYS
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.fields import LinesField, RadiosField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.pages import form_page
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


class RulingForm(forms.Form):
    """The decision about an objection, and its reasons."""

    kind = RadiosField("What is your decision?", missing="Select your decision")
    reason = LinesField(
        "Reasons",
        hint="The person will see this. Do not name the pupil or the school. To keep sharing, you "
        "need compelling grounds that outweigh the pupil’s interests, rights and freedoms. If the "
        "person withdrew the objection, say how and when",
        missing="Enter your reasons",
        max_length=5_000,
        rows=8,
    )

    def __init__(self, data: Data = None, *, kinds: list[Ruling.Kind], **more: Unpack[FormOptions]):
        super().__init__(data, **more)
        choose(self, "kind", [(kind.value, kind.label) for kind in kinds])


class ToldForm(forms.Form):
    """How a person without an email address was told."""

    note = LinesField(
        "How and when did you tell the person?",
        hint="For example, by letter on 3 November 2026",
        missing="Enter how and when you told the person",
        max_length=500,
        rows=2,
    )


@require_safe
@open_to(Action.SEE_CASES)
def objections(request: HttpRequest) -> HttpResponseBase:
    """List the objections to decide, oldest first; or all, newest first."""
    everything = request.GET.get("all") == "1"
    rows = objecting.objections().order_by("-received_at", "-pk")
    if not everything:
        rows = objecting.waiting_objections()
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    user, at = staff_of(request), days.now()
    histories.log_listed([decision.pupil for decision in page.object_list], by=user, at=at)
    context = {
        "ends_days": OBJECTION_ENDS_DAYS,
        "section": "staff-opt-outs",
        "page": page,
        "rows": [(decision, objection_state(decision, at=at)) for decision in page.object_list],
        "everything": everything,
    }
    return render(request, "consent/decisions/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CASES, change=Action.DECIDE_CASES)
@not_now_to("staff-objection", "number")
def objection(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show an objection, decide about it, and mark the person as told; log the look."""
    user, at = staff_of(request), days.now()
    decision = objecting.objection(number)
    if decision is None:
        raise Http404
    kinds = [
        kind for kind in Ruling.Kind if allowed(objecting.check_can_rule, decision, kind, at=at)
    ]
    form = RulingForm(request.POST if _decides(request) else None, kinds=kinds)
    note_form = ToldForm(request.POST if "tell" in request.POST else None)
    state = objecting.state_of(decision, at=at)
    if form.is_valid():
        kind = Ruling.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        objecting.rule(decision, kind, reason=reason, by=user, at=at)
        messages.success(request, "Decision saved.")
        return redirect("staff-objection", number)
    if note_form.is_valid() and state.ruling:
        objecting.tell(state.ruling, note=note_form.cleaned_data["note"], by=user, at=at)
        messages.success(request, "Marked as told.")
        return redirect("staff-objection", number)
    histories.log_look(decision.pupil, by=user, at=at)
    context = {
        "section": "staff-opt-outs",
        "decision": decision,
        "state": state,
        "rulings": decision.rulings.select_related("by", "told__by"),
        "email": objecting.email_of(decision),
        "form": form if kinds else None,
        "note_form": note_form,
        "ends_days": OBJECTION_ENDS_DAYS,
        "today": days.today(),
    }
    return form_page(request, "consent/decisions/objection.html", context)


def _decides(request: HttpRequest) -> bool:
    return request.method == "POST" and "tell" not in request.POST
