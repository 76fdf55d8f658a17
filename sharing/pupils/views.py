"""One pupil's page: every choice, what applies now and why, and what we would share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.age_rules import years_old
from consent.decisions import histories, invalidating, presenters
from consent.decisions.merged_histories import Origin, objections_left_behind, origins, parts_of
from consent.decisions.objecting import objections_about
from consent.identities.same_children import questions_about
from consent.keeping.holding import is_held
from consent.matching.forms import InvalidForm
from consent.models import Decision, Invalidation, Matter, Pupil
from consent.queries import decision_of, own_pupil, present_upn, schools_of
from consent.rules import seen_now
from notices.models import Recipient
from notices.queries import contact_of_council
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import may_open, open_to, staff_of
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.log_search.looks import looks_at
from sharing.pupils.sharing_today import (
    LimitedDisclosure,
    SharingToday,
    limited_disclosures,
    sharing_today,
)
from sharing.review.recalling import recalls_of

# As many of the newest looks at a pupil stand on their page; all of them in the log.
LOOKS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SchemeSection:
    """The part of the page about one opt-out: choices, what we would share today, and what the
    opt-out has stopped."""

    recipient: Recipient
    choices: presenters.HistoryText
    sharing_today: Sequence[SharingToday]
    limited: Sequence[LimitedDisclosure]


@require_safe
@open_to(Action.SEE_CHOICES)
def pupil(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show the whole history under every scheme; the view is logged."""
    user = staff_of(request)
    at = days.now()
    pupil = _get_pupil(user, reference)
    histories.log_look(pupil, by=user, at=at)
    on = days.day_of(at)
    own = None if user.sees_every_school else set(schools_of(user).values_list("pk", flat=True))
    schemes = []
    for history in histories.histories(pupil, at=seen_now(at)):
        matter = history.scheme.matter
        schemes.append(
            SchemeSection(
                matter.recipient,
                presenters.show(history, schools=own),
                sharing_today(pupil, matter, opted_out=history.opted_out, on=on, at=at),
                limited_disclosures(pupil, matter),
            )
        )
    context = {
        "section": "pupils",
        "pupil": pupil,
        "age": years_old(pupil.born, on),
        "upn": present_upn(pupil),
        "schemes": schemes,
        "same_child": questions_about(pupil).first(),
        "objections": _objections(pupil, at),
        "recalls": recalls_of(pupil),
        "looks": looks_at(pupil, most=LOOKS_SHOWN) if may_open(user, "staff-log") else None,
        "contact": None if user.sees_every_school else contact_of_council(),
        "held": user.sees_every_school and is_held(pupil),
    }
    return render(request, "sharing/pupils/pupil.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-pupil", "reference")
def invalid(request: HttpRequest, reference: str, decision: int) -> HttpResponseBase:
    """Mark a choice as invalid, with the reason (C4)."""
    user = staff_of(request)
    pupil = _get_pupil(user, reference)
    choice = decision_of(pupil, decision)
    if choice is None:
        raise Http404
    form = InvalidForm(request.POST if request.method == "POST" else None)
    invalidating.check_can_mark(choice)
    if request.method == "POST" and form.is_valid():
        kind = Invalidation.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        invalidating.mark_invalid(choice, kind=kind, reason=reason, by=user, at=days.now())
        messages.success(request, "Marked as invalid. It no longer has any effect.")
        return redirect("staff-pupil", reference)
    context = {"form": form, "section": "pupils", "pupil": pupil, "decision": choice}
    return form_page(request, "sharing/pupils/invalid.html", context)


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection in the list; `of_part` if it is about a record that was merged into the pupil's,
    `origin` if a merge carried it over."""

    decision: Decision
    state: presenters.ObjectionState
    of_part: bool
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class ObjectionSection:
    """The part of the page about one matter that was objected to."""

    matter: Matter
    rows: Sequence[ObjectionRow]
    sharing_today: Sequence[SharingToday]
    limited: Sequence[LimitedDisclosure]

    @property
    def recipient(self) -> Recipient:
        """Return the organisation."""
        return self.matter.recipient


@beyond_own_schools()
def _objections(pupil: Pupil, at: datetime) -> list[ObjectionSection]:
    on = days.day_of(at)
    own, behind = list(objections_about(pupil)), objections_left_behind(parts_of([pupil]))
    came = origins([*own, *behind])
    rows: dict[Matter, list[ObjectionRow]] = {}
    for objection in [*own, *behind]:
        of_part = objection in behind
        state = presenters.state_of_part if of_part else presenters.objection_state
        row = ObjectionRow(objection, state(objection, at=at), of_part, came.get(objection.pk))
        rows.setdefault(objection.matter, []).append(row)
    return [
        ObjectionSection(
            matter,
            about_matter,
            sharing_today(pupil, matter, opted_out=False, on=on, at=at),
            limited_disclosures(pupil, matter),
        )
        for matter, about_matter in rows.items()
    ]


def _get_pupil(user: User, reference: str) -> Pupil:
    pupil = own_pupil(user, reference)
    if pupil is None:
        raise Http404
    return pupil
