"""Pages to merge duplicate records, for officers: compared, merged by two of them, and undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from consent.decisions import histories, merged_histories, objecting
from consent.decisions.presenters import DecisionLine, decision_line
from consent.identities import merging, proposing, undoing
from consent.identities.forms import ReasonForm, RefusalForm, TwoRecordsForm, UndoForm
from consent.models import Decision, Pupil
from consent.queries import decisions_of, present_upn
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.environment import lower_first, series
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to

MOST = 50


@dataclass(frozen=True, slots=True)
class Record:
    """A record as an officer compares it: its own present UPN, and what was decided about it."""

    pupil: Pupil
    upn: str
    decisions: list[DecisionLine]


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CASES, change=Action.DECIDE_CASES)
@not_now_to("staff-merge")
def merge(request: HttpRequest) -> HttpResponseBase:
    """Compare two records, with each look logged; then, with a reason, merge them, or ask a second
    officer where they differ."""
    user, at = staff_of(request), days.now()
    data = posted(request)
    form = TwoRecordsForm(data)
    reason = ReasonForm(data if data and "merge" in data else None)
    context = {"section": "pupils", "form": form, "reason": reason}
    if data is not None and form.is_valid():
        survivor, duplicate = form.cleaned_data["survivor"], form.cleaned_data["duplicate"]
        if reason.is_valid():
            return _merge_or_ask(
                request, duplicate, survivor, reason.cleaned_data["reason"], user, at
            )
        context |= _compared(duplicate, survivor, by=user, at=at)
    else:
        proposals = list(proposing.open_proposals()[:MOST])
        merges = list(undoing.merges()[:MOST])
        people = [*(row.kept for row in proposals), *(row.kept for row in merges)]
        histories.log_listed(people, by=user, at=at)
        context |= {"proposals": proposals, "merges": merges}
    return form_page(request, "consent/identities/merge.html", context)


def _merge_or_ask(
    request: HttpRequest, duplicate: Pupil, survivor: Pupil, reason: str, user: User, at: datetime
) -> HttpResponseBase:
    if proposing.needs_second(duplicate, survivor):
        proposing.propose(duplicate, survivor, reason=reason, by=user, at=at)
        messages.success(
            request, "Another officer has been asked to agree. Nothing has changed yet."
        )
        return redirect("staff-merge")
    merging.merge(duplicate, survivor, reason=reason, by=user, at=at)
    messages.success(request, "Records merged.")
    return redirect("staff-pupil", str(survivor.reference))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CASES, change=Action.DECIDE_CASES)
@not_now_to("staff-merge")
def proposal(request: HttpRequest, number: int) -> HttpResponseBase:
    """Compare the records that another officer wants to merge, then agree or refuse."""
    user, at = staff_of(request), days.now()
    proposed = proposing.open_proposals().filter(pk=number).first()
    if proposed is None:
        messages.warning(request, "This has already been answered.")
        return redirect("staff-merge")
    refusal = RefusalForm(request.POST if "refuse" in request.POST else None)
    if "agree" in request.POST:
        proposing.agree(proposed, by=user, at=at)
        messages.success(request, "Records merged.")
        return redirect("staff-pupil", str(proposed.kept.reference))
    if refusal.is_valid():
        note = refusal.cleaned_data["note"]
        proposing.refuse(proposed, note=note, by=user, at=at)
        messages.success(request, "The records have not been merged.")
        return redirect("staff-merge")
    context = {
        "section": "pupils",
        "proposal": proposed,
        "own": proposed.by_id == user.pk,
        "refusal": refusal,
        **_compared(proposed.gone, proposed.kept, by=user, at=at),
    }
    return form_page(request, "consent/identities/merge_proposal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CASES, change=Action.DECIDE_CASES)
def merged(request: HttpRequest, number: int) -> HttpResponseBase:
    """Show a merge, who made it and why; undo it, or show who undid it and why."""
    user, at = staff_of(request), days.now()
    merged_pair = get_object_or_404(undoing.merges(), pk=number)
    undone = getattr(merged_pair, "undone", None)
    form = UndoForm(request.POST if request.method == "POST" and undone is None else None)
    try:
        if form.is_valid():
            undoing.undo(merged_pair, reason=form.cleaned_data["reason"], by=user, at=at)
            messages.success(request, "Merge undone. They are 2 records again.")
            return redirect("staff-pupil", str(merged_pair.gone.reference))
        undoing.check_can_undo(merged_pair)
        refused = ""
    except NotNowError as error:
        refused = str(error)
    since = undoing.DecisionsSinceMerge((), ()) if undone else undoing.since(merged_pair)
    histories.log_look(merged_pair.kept, by=user, at=at)
    histories.log_listed([merged_pair.gone], by=user, at=at)
    context = {
        "section": "pupils",
        "merge": merged_pair,
        "form": form,
        "undone": undone,
        "refused": "" if undone else refused,
        "both": _lines(since.both, {}, at),
        "neither": _lines(since.neither, {}, at),
    }
    return form_page(request, "consent/identities/merged.html", context)


def _compared(duplicate: Pupil, survivor: Pupil, *, by: User, at: datetime) -> dict[str, object]:
    """Return the context of a comparison of two records, and log that both were looked at."""
    histories.log_listed([survivor, duplicate], by=by, at=at)
    lines = proposing.compare(duplicate, survivor)
    differing = [lower_first(line.label) for line in lines if line.differs]
    return {
        "survivor": _record(survivor, at),
        "duplicate": _record(duplicate, at),
        "lines": lines,
        "differing": differing,
        "differing_details": series(differing),
        "may_be_two": merging.look_like_two(duplicate, survivor),
    }


def _record(pupil: Pupil, at: datetime) -> Record:
    objections = {decision.pk: decision for decision in objecting.objections_about(pupil)}
    merged_decisions = merged_histories.left_behind(merged_histories.parts_of([pupil]))
    invalid = [decision for decision in merged_decisions if hasattr(decision, "invalidation")]
    decisions = sorted([*decisions_of(pupil), *invalid], key=lambda decision: decision.received_at)
    return Record(pupil, present_upn(pupil), _lines(decisions, objections, at))


def _lines(
    decisions: Sequence[Decision], objections: Mapping[int, Decision], at: datetime
) -> list[DecisionLine]:
    return [decision_line(decision, objections, at=at) for decision in decisions]
