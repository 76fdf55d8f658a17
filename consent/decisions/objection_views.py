"""Objections, for officers: decided within a month, and the person told (C10)."""

from typing import Any

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
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.fields import LinesField, RadiosField
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


class RulingForm(forms.Form):
    """What becomes of the objection, and why."""

    kind = RadiosField("What do you decide?", missing="Say what you decide")
    reason = LinesField(
        "Why?",
        hint="The person reads this. Do not name the pupil or the school. To go on you need "
        "compelling grounds that weigh more than the pupil’s interests, rights and freedoms. If "
        "the person took it back, say how and when they told you",
        missing="Write why",
        max_length=5_000,
        rows=8,
    )

    def __init__(self, *args: Any, kinds: list[Ruling.Kind], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choose(self, "kind", [(kind.value, kind.label) for kind in kinds])


class ToldForm(forms.Form):
    """How a person without an email address was told."""

    note = LinesField(
        "How was the person told, and when?",
        hint="For example: letter of 3 November 2026",
        missing="Say how the person was told",
        max_length=500,
        rows=2,
    )


@require_safe
@officers_only
def objections(request: HttpRequest) -> HttpResponseBase:
    """Those that wait for an officer, oldest first; or all, newest first."""
    everything = request.GET.get("all") == "1"
    found = objecting.objections().order_by("-received_at", "-pk")
    if not everything:
        found = objecting.waiting_objections()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    user, at = staff_of(request), days.now()
    histories.listed([each.pupil for each in page.object_list], by=user, at=at)
    context = {
        "section": "staff-opt-outs",
        "page": page,
        "rows": [(each, objection_state(each, at=at)) for each in page.object_list],
        "everything": everything,
    }
    return render(request, "consent/decisions/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-objection", "number")
def objection(request: HttpRequest, number: int) -> HttpResponseBase:
    """One objection: what was written, and what becomes of it; the look is logged."""
    user, at = staff_of(request), days.now()
    found = objecting.objection(number)
    if found is None:
        raise Http404
    kinds = [kind for kind in Ruling.Kind if allowed(objecting.check_rule, found, kind, at=at)]
    form = RulingForm(request.POST if _decides(request) else None, kinds=kinds)
    told = ToldForm(request.POST if "tell" in request.POST else None)
    state = objecting.state_of(found, at=at)
    if form.is_bound and form.is_valid():
        kind = Ruling.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        objecting.rule(found, kind, reason=reason, by=user, at=at)
        messages.success(request, f"Decided: {kind.label.lower()}.")
        return redirect("staff-objection", number)
    if told.is_bound and told.is_valid() and state.ruling:
        objecting.tell(state.ruling, note=told.cleaned_data["note"], by=user, at=at)
        messages.success(request, "It is noted that the person was told.")
        return redirect("staff-objection", number)
    histories.looked_at(found.pupil, by=user, at=at)
    context = {
        "section": "staff-opt-outs",
        "decision": found,
        "state": state,
        "rulings": found.rulings.select_related("by", "told__by"),
        "email": objecting.email_of(found),
        "form": form if kinds else None,
        "told": told,
        "ends_days": OBJECTION_ENDS_DAYS,
        "today": days.today(),
    }
    bad = form.errors or told.errors
    return render(request, "consent/decisions/objection.html", context, status=422 if bad else 200)


def _decides(request: HttpRequest) -> bool:
    return request.method == "POST" and "tell" not in request.POST
