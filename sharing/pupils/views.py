"""One pupil's page: every decision, what counts now and why, and what it does."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions import histories, invalidating
from consent.decisions.merged_histories import Origin, objections_left_behind, origins, parts_of
from consent.decisions.objecting import objections_about
from consent.decisions.presenters import ObjectionState, objection_state, show, state_of_part
from consent.identities.same_children import questions_about
from consent.matching.forms import InvalidForm
from consent.models import Decision, Invalidation, Matter, Pupil
from consent.queries import decision_of, own_pupil, present_upn, schools_of
from consent.rules import seen_now, years_old
from notices.queries import contact_of_council
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only, staff_of, staff_only
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.pupils.effects import effects, shortened
from sharing.review.recalling import recalls_of


@require_safe
@staff_only
def pupil(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The whole history under every scheme; the look is logged."""
    user = staff_of(request)
    at = days.now()
    found = _pupil(user, reference)
    histories.looked_at(found, by=user, at=at)
    on = days.day_of(at)
    own = None if user.is_officer else set(schools_of(user).values_list("pk", flat=True))
    schemes = []
    for history in histories.histories(found, at=seen_now(at)):
        matter = history.scheme.matter
        would_go = effects(found, matter, opted_out=history.opted_out, on=on, at=at)
        schemes.append((show(history, schools=own), would_go, shortened(found, matter)))
    context = {
        "section": "pupils",
        "pupil": found,
        "age": years_old(found.born, on),
        "upn": present_upn(found),
        "schemes": schemes,
        "same_child": questions_about(found).first(),
        "objections": _objections(found, at),
        "recalls": recalls_of(found),
        "contact": None if user.is_officer else contact_of_council(),
    }
    return render(request, "sharing/pupils/pupil.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-pupil", "reference")
def invalid(request: HttpRequest, reference: str, decision: int) -> HttpResponseBase:
    """Marks a decision invalid, with its reason (C4)."""
    user = staff_of(request)
    found = _pupil(user, reference)
    marked = decision_of(found, decision)
    if marked is None:
        raise Http404
    form = InvalidForm(request.POST if request.method == "POST" else None)
    invalidating.check_can_mark(marked)
    if request.method == "POST" and form.is_valid():
        kind = Invalidation.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        invalidating.mark_invalid(marked, kind=kind, reason=reason, by=user, at=days.now())
        messages.success(request, "The decision is marked invalid. It counts at no time now.")
        return redirect("staff-pupil", reference)
    context = {"section": "pupils", "pupil": found, "decision": marked, "form": form}
    code = 422 if form.errors else 200
    return render(request, "sharing/pupils/invalid.html", context, status=code)


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection as the page shows it; `of_part` that it is about a record that is part of the
    pupil's now, `origin` where it was carried over from."""

    decision: Decision
    state: ObjectionState
    of_part: bool
    origin: Origin | None


def _objections(pupil: Pupil, at: datetime) -> list[tuple[Matter, object, object, object]]:
    """What was objected to: the objections with their states, what would go today, and what was
    kept back."""
    on = days.day_of(at)
    own, behind = list(objections_about(pupil)), objections_left_behind(parts_of([pupil]))
    came = origins([*own, *behind])
    rows: dict[Matter, list[ObjectionRow]] = {}
    for each in [*own, *behind]:
        of_part = each in behind
        state = state_of_part(each, at=at) if of_part else objection_state(each, at=at)
        row = ObjectionRow(each, state, of_part, came.get(each.pk))
        rows.setdefault(each.matter, []).append(row)
    return [
        (
            matter,
            given,
            effects(pupil, matter, opted_out=False, on=on, at=at),
            shortened(pupil, matter),
        )
        for matter, given in rows.items()
    ]


def _pupil(user: User, reference: str) -> Pupil:
    found = own_pupil(user, reference)
    if found is None:
        raise Http404
    return found
