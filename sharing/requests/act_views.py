"""Officers' pages on which a request for data is decided, and what was shared is recorded."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from consent.decisions import histories
from consent.rules import seen_now
from notices.queries import item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.ui.fields import LinesField
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import DataRequestStep, RequestDecision
from sharing.requests import deciding, disclosing, elsewhere, queries, standings, steps, words
from sharing.requests.decision_forms import NO, SHARE, YES, DecisionForm, GivenForm, StepForm
from sharing.requests.views import get_details, page_context

Kind = DataRequestStep.Kind


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def decide(request: HttpRequest, number: int) -> HttpResponseBase:
    """Decide on a request, with what the rules say of each pupil."""
    details = get_details(number)
    deciding.check_can_decide(details.request)
    user, at, labels = staff_of(request), days.now(), item_labels()
    pupils = queries.pupils_of(details)
    histories.log_listed(pupils, by=user, at=at)
    seen, ids = seen_now(at), [pupil.pk for pupil in pupils]
    loaded = standings.load(details, ids, details.items, on=days.today(), seen=seen)
    options = [
        (pupil, loaded.options(pupil.pk, details.items, words=bool(details.words)))
        for pupil in pupils
    ]
    form = DecisionForm(
        posted(request),
        details=details,
        labels=labels,
        pupils=options,
        # Nothing is chosen beforehand: what goes is what an officer picks.
        initial={"seen": details.number},
    )
    if request.method == "POST" and form.is_valid():
        try:
            decision = deciding.decide(
                details.request, _chosen(form), seen=_seen(form), by=user, at=at
            )
            messages.success(request, _said(decision))
            return redirect("staff-request", number)
        except NotNowError as error:
            form.add_error(None, str(error))
    applies = loaded.row_rules.scheme_applies
    names = elsewhere.names_of(
        code for standing in loaded.standings.values() for code in standing.elsewhere
    )
    context = page_context(details) | {
        "form": form,
        "needs": [deciding.NEEDS[need] for need in deciding.missing(details)],
        "sentences": {
            pupil.pk: words.standing_in_words(
                loaded.standings[pupil.pk], applies=applies, names=names
            )
            for pupil in pupils
        },
        "pupils": pupils,
        "listed_like": elsewhere.listed_like(details),
    }
    return form_page(request, "sharing/requests/decide.html", context)


def _chosen(form: DecisionForm) -> deciding.Chosen:
    data: dict[str, Any] = form.cleaned_data
    return deciding.Chosen(
        share=data["share"] == SHARE,
        reasons=data["reasons"],
        choices=form.choices(),
        items=[code for code in form.details.items if code in data.get("items", [])],
        words=data.get("words", ""),
        others=data.get("others") or 0,
        harmful={YES: True, NO: False}.get(data.get("harmful", "")),
        harm_words=data.get("harm_words", ""),
        ground=data.get("ground", ""),
    )


def _seen(form: DecisionForm) -> int:
    text = form.cleaned_data["seen"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _said(decision: RequestDecision) -> str:
    if decision.second_reasons:
        return "Decision saved. A second officer must agree before anything is shared."
    if decision.kind == RequestDecision.Kind.REFUSE:
        return "Decision saved: do not share. Now answer the request."
    return "Decision saved. You can share the information now."


@require_POST
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def answer(request: HttpRequest, number: int) -> HttpResponseBase:
    """Agree to a decision as a second officer, or send it back with a note."""
    details = get_details(number)
    agrees = request.POST.get("press") == "agree"
    note = LinesField().to_python(request.POST.get("note", ""))[:1000]
    if not agrees and not note:
        raise NotNowError("Enter a note that says why you send it back.")
    text = request.POST.get("decision", "")
    deciding.answer(
        details.request,
        agrees=agrees,
        note=note,
        number=int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0,
        by=staff_of(request),
        at=days.now(),
    )
    messages.success(request, "Agreed" if agrees else "Sent back")
    return redirect("staff-request", number)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def shared(request: HttpRequest, number: int) -> HttpResponseBase:
    """Record what was shared, which goes into the disclosure log."""
    details = get_details(number)
    row = disclosing.check_can_share(details.request)
    user, at, labels = staff_of(request), days.now(), item_labels()
    pupils = [decided.pupil for decided in row.decision.pupils.all()]
    histories.log_listed(pupils, by=user, at=at)
    goes = [
        str(each.pupil.reference) for each in row.decision.pupils.all() if each.choice != "none"
    ]
    form = GivenForm(
        posted(request),
        decision=row.decision,
        details=details,
        labels=labels,
        today=days.today(),
        initial={"on": days.today(), "pupils": goes, "items": row.decision.items},
    )
    if request.method == "POST" and form.is_valid():
        try:
            recorded = disclosing.record_given(details.request, _given(form, row), by=user, at=at)
        except NotNowError as error:
            form.add_error(None, str(error))
        else:
            if recorded.out_of_line:
                messages.warning(
                    request,
                    "Recorded. This was not allowed, so we have opened an incident. "
                    "You have 72 hours to tell the ICO if people are at risk.",
                )
                return redirect("staff-incident", recorded.incident.pk)
            messages.success(request, "Recorded in the disclosure log")
            return redirect("staff-request", number)
    context = page_context(details) | {"form": form, "decision": row.decision}
    return form_page(request, "sharing/requests/shared.html", context)


def _given(form: GivenForm, row: queries.DecisionRow) -> disclosing.Given:
    data: dict[str, Any] = form.cleaned_data
    by_reference = {str(each.pupil.reference): each.pupil_id for each in row.decision.pupils.all()}
    return disclosing.Given(
        on=data["on"],
        means=data["means"],
        pupils=[by_reference[reference] for reference in data.get("pupils", [])],
        items=data.get("items", []),
        others=data.get("others") or 0,
        note=data["note"],
        beyond=bool(data["beyond"]),
        destroy_by=data["destroy_by"],
        submission=data["submission"],
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def step(request: HttpRequest, number: int) -> HttpResponseBase:
    """Add a note, record that the answer was sent, or that the request was withdrawn."""
    details = get_details(number)
    form = StepForm(posted(request), today=days.today(), initial={"on": days.today()})
    kinds = [
        (kind.value, str(kind.label))
        for kind in (Kind.ANSWERED, Kind.NOTE, Kind.WITHDRAWN)
        if allowed(steps.check_can_record, details.request, kind)
    ]
    choose(form, "kind", kinds)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["kind"] == Kind.NOTE and not data["note"]:
            form.add_error("note", "Enter a note")
        else:
            steps.record_step(
                details.request, Kind(data["kind"]), on=data["on"], note=data["note"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
            messages.success(request, "Saved")
            return redirect("staff-request", number)
    context = page_context(details) | {"form": form, "heading": "Record what happened"}
    return form_page(request, "sharing/requests/part.html", context)
