"""Two records of one child, for officers: compared, made one by two of them, and parted again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent import upn
from consent.decisions import histories, merged_histories, objecting
from consent.decisions.presenters import DecisionLine, decision_line
from consent.identities import merging, proposing as merge_proposing, undoing as merge_undoing
from consent.models import Decision, Pupil
from consent.queries import decisions_of, present_upn, pupil_of_present_upn
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.fields import LinesField, TextField
from privacy_portal.ground.ui.refusals import not_now_to

SHOWN = 50


class TwoRecordsForm(forms.Form):
    """The present UPNs of both records; a former one is shown on no page (C11)."""

    kept = TextField(
        "UPN that the child has now",
        missing="Enter the UPN of the record that stays",
        max_length=20,
        width=20,
        autocomplete="off",
        spellcheck=False,
    )
    gone = TextField(
        "UPN of the other record",
        hint="It becomes a former UPN of the child",
        missing="Enter the UPN of the other record",
        max_length=20,
        width=20,
        autocomplete="off",
        spellcheck=False,
    )

    def clean(self) -> dict[str, Pupil]:
        records = {}
        for name in ("kept", "gone"):
            if not (written := self.cleaned_data.get(name)):
                continue
            pupil = pupil_of_present_upn(upn.normal(written))
            if pupil is None:
                self.add_error(name, "No pupil on the roll has this UPN now")
            else:
                records[name] = pupil
        if len(records) == 2:
            try:
                merging.check_can_merge(records["gone"], records["kept"])
            except NotNowError as error:
                self.add_error("gone", str(error))
        return records


class ReasonForm(forms.Form):
    """How it is known that both are one child."""

    reason = LinesField(
        "How do you know that both are the same child?",
        hint="For example, the school confirmed by phone that the child got a new UPN",
        missing="Enter how you know",
        max_length=500,
    )


class RefusalForm(forms.Form):
    """Why the records stay two."""

    note = LinesField(
        "Why should they stay two records?",
        hint="For example, they are twins",
        missing="Enter why they should stay two records",
        max_length=500,
        rows=2,
    )


class UndoForm(forms.Form):
    """How it is known that they are two children."""

    reason = LinesField(
        "How do you know that they are two children?",
        hint="For example, the school says that they are twins",
        missing="Enter how you know",
        max_length=500,
    )


@dataclass(frozen=True, slots=True)
class Record:
    """A record as an officer compares it: its own present UPN, and what was decided about it."""

    pupil: Pupil
    upn: str
    decisions: list[DecisionLine]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-merge")
def merge(request: HttpRequest) -> HttpResponseBase:
    """First both records side by side, each look logged; then, with a reason, one record, or a
    question to a second officer where they differ."""
    user, at = staff_of(request), days.now()
    data = request.POST if request.method == "POST" else None
    form = TwoRecordsForm(data)
    reason = ReasonForm(data if data and "merge" in data else None)
    context = {"section": "pupils", "form": form, "reason": reason}
    if data is not None and form.is_valid():
        kept, gone = form.cleaned_data["kept"], form.cleaned_data["gone"]
        if reason.is_bound and reason.is_valid():
            return _merge_or_ask(request, gone, kept, reason.cleaned_data["reason"], user, at)
        context |= _compared(gone, kept, by=user, at=at)
    else:
        proposals = list(merge_proposing.waiting()[:SHOWN])
        merges = list(merge_undoing.merges()[:SHOWN])
        people = [each.kept for each in proposals] + [each.kept for each in merges]
        histories.listed(people, by=user, at=at)
        context |= {"proposals": proposals, "merges": merges}
    bad = form.errors or reason.errors
    return render(request, "consent/identities/merge.html", context, status=422 if bad else 200)


def _merge_or_ask(
    request: HttpRequest, gone: Pupil, kept: Pupil, reason: str, user: User, at: datetime
) -> HttpResponseBase:
    if merge_proposing.needs_second(gone, kept):
        merge_proposing.propose(gone, kept, reason=reason, by=user, at=at)
        messages.success(request, "Another officer is asked to look. Nothing has changed yet.")
        return redirect("staff-merge")
    merging.merge(gone, kept, reason=reason, by=user, at=at)
    messages.success(request, "Both records are one now.")
    return redirect("staff-pupil", str(kept.reference))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-merge")
def proposal(request: HttpRequest, number: int) -> HttpResponseBase:
    """What another officer thinks is one child: compared again, then agreed or refused."""
    user, at = staff_of(request), days.now()
    asked = merge_proposing.waiting().filter(pk=number).first()
    if asked is None:
        messages.warning(request, "This was answered already.")
        return redirect("staff-merge")
    refusal = RefusalForm(request.POST if "refuse" in request.POST else None)
    if "agree" in request.POST:
        merge_proposing.agree(asked, by=user, at=at)
        messages.success(request, "Both records are one now.")
        return redirect("staff-pupil", str(asked.kept.reference))
    if refusal.is_bound and refusal.is_valid():
        note = refusal.cleaned_data["note"]
        merge_proposing.refuse(asked, note=note, by=user, at=at)
        messages.success(request, "They stay two records.")
        return redirect("staff-merge")
    context = {
        "section": "pupils",
        "proposal": asked,
        "own": asked.by_id == user.pk,
        "refusal": refusal,
        **_compared(asked.gone, asked.kept, by=user, at=at),
    }
    status = 422 if refusal.errors else 200
    return render(request, "consent/identities/merge_proposal.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def merged(request: HttpRequest, number: int) -> HttpResponseBase:
    """A merge: who made it and why, and what undoing it does, or who undid it and why."""
    user, at = staff_of(request), days.now()
    done = merge_undoing.merges().filter(pk=number).first()
    if done is None:
        raise Http404
    undone = getattr(done, "undone", None)
    form = UndoForm(request.POST if request.method == "POST" and undone is None else None)
    try:
        if form.is_bound and form.is_valid():
            merge_undoing.undo(done, reason=form.cleaned_data["reason"], by=user, at=at)
            messages.success(request, "They are two records again.")
            return redirect("staff-pupil", str(done.gone.reference))
        merge_undoing.check_can_undo(done)
        refused = ""
    except NotNowError as error:
        refused = str(error)
    since = merge_undoing.Since((), ()) if undone else merge_undoing.since(done)
    histories.looked_at(done.kept, by=user, at=at)
    histories.listed([done.gone], by=user, at=at)
    context = {
        "section": "pupils",
        "merge": done,
        "form": form,
        "undone": undone,
        "refused": "" if undone else refused,
        "both": _lines(since.both, {}, at),
        "neither": _lines(since.neither, {}, at),
    }
    status = 422 if form.errors else 200
    return render(request, "consent/identities/merged.html", context, status=status)


def _compared(gone: Pupil, kept: Pupil, *, by: User, at: datetime) -> dict[str, object]:
    """What the comparison shows; both looks are logged."""
    histories.listed([kept, gone], by=by, at=at)
    lines = merge_proposing.compare(gone, kept)
    differing = [each.label[0].lower() + each.label[1:] for each in lines if each.differs]
    return {
        "kept": _record(kept, at),
        "gone": _record(gone, at),
        "lines": lines,
        "differing": differing,
        "what_differs": " and ".join(filter(None, [", ".join(differing[:-1]), *differing[-1:]])),
        "two_children": merging.look_like_two(gone, kept),
    }


def _record(pupil: Pupil, at: datetime) -> Record:
    objections = {each.pk: each for each in objecting.objections_about(pupil)}
    parts = merged_histories.left_behind(merged_histories.parts_of([pupil]))
    invalid = [each for each in parts if hasattr(each, "invalidation")]
    decisions = sorted([*decisions_of(pupil), *invalid], key=lambda each: each.received_at)
    return Record(pupil, present_upn(pupil), _lines(decisions, objections, at))


def _lines(
    decisions: Sequence[Decision], objections: Mapping[int, Decision], at: datetime
) -> list[DecisionLine]:
    return [decision_line(each, objections, at=at) for each in decisions]
