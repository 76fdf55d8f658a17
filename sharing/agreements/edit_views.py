"""Officers' pages on which agreements are written, signed, suspended, terminated and varied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from consent.queries import schools
from notices.queries import items_for, purposes_for, recipients
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.agreements import (
    lawful_bases,
    queries as agreement_queries,
    signing as agreeing,
    terms as agreement_terms,
)
from sharing.agreements.act_forms import BasisForm, LiftForm, SuspendForm, TerminateForm
from sharing.agreements.errors import NotCompleteError, TermsChangedError
from sharing.agreements.forms import SECTION_FORMS, Choices, SectionForm, SignForm, StartForm
from sharing.agreements.lawful_bases import bases_of
from sharing.agreements.presenters import gaps_by_section
from sharing.agreements.queries import Reviewed, Version
from sharing.agreements.rules import Section
from sharing.agreements.terms import SECTIONS
from sharing.agreements.views import found_agreement, found_version, part_of

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
@officers_only
def new(request: HttpRequest) -> HttpResponseBase:
    """Begins an agreement."""
    form = StartForm(request.POST or None, choices=_choices(None))
    if request.method == "POST" and form.is_valid():
        try:
            made = agreeing.start(form.part(), by=staff_of(request), at=days.now())
        except NotNowError as error:
            form.add_error("reference", str(error))
        else:
            messages.success(
                request, "The draft is begun. Nothing can go under it until it is signed."
            )
            return redirect("staff-agreement-version", made.agreement_id, made.number)
    context = {"section": "agreements", "form": form}
    return render(
        request, "sharing/agreements/new.html", context, status=422 if form.errors else 200
    )


@require_http_methods(FORM_METHODS)
@officers_only
@not_now_to("staff-agreement", "agreement_id")
def edit(request: HttpRequest, agreement_id: int, number: int, section: str) -> HttpResponseBase:
    """One section of a draft."""
    if section not in {each.value for each in Section}:
        raise Http404
    part_name = Section(section)
    agreement = found_agreement(agreement_id)
    draft = _draft(agreement, number)
    part = part_of(draft)
    kind: type[SectionForm] = SECTION_FORMS[part_name]
    form: SectionForm = kind(request.POST or None, part=part, choices=_choices(draft))
    context: dict[str, object] = {
        "section": "agreements",
        "agreement": agreement,
        "shown": draft,
        "heading": SECTIONS[part_name],
        "gaps": gaps_by_section(draft.gaps).get(section, []),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        try:
            agreeing.change(
                draft.row.pk, part_name, form.terms(), seen=form.cleaned_data["seen"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
        except TermsChangedError as error:
            words = agreement_queries.words([agreement], with_schools=not draft.row.all_schools)
            terms = agreement_terms.in_words_of(part, words)
            context["conflict"] = str(error)
            context["now"] = [each for of, _, listed in terms if of is part_name for each in listed]
            data = request.POST.copy()
            data["seen"] = agreeing.token_of(part)
            form.data = data
        else:
            messages.success(request, "Saved.")
            return redirect("staff-agreement-version", agreement_id, number)
    status = 409 if "conflict" in context else 422 if form.errors else 200
    return render(request, "sharing/agreements/edit.html", context, status=status)


@require_http_methods(FORM_METHODS)
@officers_only
@not_now_to("staff-agreement-version", "agreement_id", "number")
def sign(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Records both signatures and keeps the signed PDF."""
    agreement = found_agreement(agreement_id)
    draft = _draft(agreement, number)
    part = part_of(draft)
    form = SignForm(
        request.POST or None,
        request.FILES or None,
        today=days.today(),
        initial={"seen": agreeing.token_of(part)},
    )
    context = {
        "section": "agreements",
        "agreement": agreement,
        "shown": draft,
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        council, recipient = form.sides()
        try:
            agreeing.sign(
                draft.row.pk, council=council, recipient=recipient,
                document=form.cleaned_data["document"], seen=form.cleaned_data["seen"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
        except (NotCompleteError, TermsChangedError) as error:
            messages.warning(request, f"{error} Look at the terms again.")
        else:
            messages.success(request, "Signed by both sides. The terms never change from now on.")
        return redirect("staff-agreement-version", agreement_id, number)
    status = 422 if form.errors else 200
    return render(request, "sharing/agreements/sign.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _Act:
    """What befalls a signed version: its form, its verb, and the words of its page."""

    form: type[forms.Form]
    verb: Callable[..., None]
    heading: str
    words: str
    button: str
    done: str


ACTS: Mapping[str, _Act] = {
    "suspend": _Act(
        SuspendForm, agreeing.suspend, "Suspend the agreement",
        "While it is suspended nothing can go under it. What has gone is not called back by this.",
        "Suspend", "Suspended.",
    ),
    "lift": _Act(
        LiftForm, agreeing.lift, "Lift the suspension",
        "From that day on files can go under the agreement again.",
        "Lift the suspension", "The suspension is lifted.",
    ),
    "terminate": _Act(
        TerminateForm, agreeing.terminate, "Terminate the agreement",
        "It is over for good: nothing can go under it from that day on. This cannot be undone. "
        "To share again, sign a new version.",
        "Terminate", "Terminated.",
    ),
}  # fmt: skip


@require_http_methods(FORM_METHODS)
@officers_only
def act(request: HttpRequest, agreement_id: int, number: int, verb: str) -> HttpResponseBase:
    """Suspends, lifts or terminates, with the reason."""
    if verb not in ACTS:
        raise Http404
    chosen = ACTS[verb]
    agreement = found_agreement(agreement_id)
    shown = found_version(agreement, number)
    today = days.today()
    more: Cleaned = {"suspensions": agreeing.to_lift(shown.row, today)} if verb == "lift" else {}
    form = chosen.form(
        request.POST or None, initial={"first": today, "from_day": today, "on": today}, **more
    )
    if request.method == "POST" and form.is_valid():
        try:
            chosen.verb(shown.row.pk, **form.cleaned_data, by=staff_of(request), at=days.now())
        except NotNowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, chosen.done)
            return redirect("staff-agreement-version", agreement_id, number)
    context = {
        "section": "agreements",
        "agreement": agreement,
        "shown": shown,
        "form": form,
        "act": chosen,
    }
    status = 422 if form.errors else 200
    return render(request, "sharing/agreements/act.html", context, status=status)


@require_POST
@officers_only
@not_now_to("staff-agreement", "agreement_id")
def start_next(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Begins the next version, to vary or renew the agreement."""
    shown = found_version(found_agreement(agreement_id), number)
    made = agreeing.start_next(shown.row, by=staff_of(request), at=days.now())
    messages.success(
        request,
        f"Version {made.number} is begun with the terms of version {number}. "
        "That one stays as it is.",
    )
    return redirect("staff-agreement-version", agreement_id, made.number)


@require_http_methods(FORM_METHODS)
@officers_only
def basis(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Confirms on which letter of Article 6(1) a version rests; its terms stay as they are."""
    agreement = found_agreement(agreement_id)
    shown = found_version(agreement, number)
    if shown.row.signed_on is None:
        raise Http404
    found = bases_of([shown.row])[shown.row.pk]
    form = BasisForm(request.POST or None, initial={"code": found.code})
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        lawful_bases.confirm(shown.row, code, by=staff_of(request), at=days.now())
        messages.success(request, f"The lawful basis is confirmed: Article {code}.")
        return redirect("staff-agreement-version", agreement_id, number)
    context = {"section": "agreements", "agreement": agreement, "shown": shown, "form": form}
    status = 422 if form.errors else 200
    return render(request, "sharing/agreements/basis.html", context, status=status)


@require_http_methods(FORM_METHODS)
@officers_only
@not_now_to("staff-agreement", "agreement_id")
def discard(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Asks, then throws a draft away."""
    agreement = found_agreement(agreement_id)
    draft = _draft(agreement, number)
    if request.method == "POST":
        agreeing.discard(draft.row.pk, by=staff_of(request), at=days.now())
        messages.success(request, f"The draft of {agreement.agreement.reference} is thrown away.")
        if len(agreement.versions) > 1:
            return redirect("staff-agreement", agreement_id)
        return redirect("staff-agreements")
    context = {"section": "agreements", "agreement": agreement, "shown": draft}
    return render(request, "sharing/agreements/discard.html", context)


def _draft(agreement: Reviewed, number: int) -> Version:
    found = found_version(agreement, number)
    if found.row.signed_on is not None:
        raise Http404
    return found


def _choices(draft: Version | None) -> Choices:
    audience = draft.row.audience if draft else "pupil"
    return Choices(
        recipients=[(each.code, each.name) for each in recipients()],
        purposes=[(each.code, each.label) for each in purposes_for(audience)],
        items=[(each.code, each.label) for each in items_for(audience)],
        schools=[(each.urn, each.name) for each in schools()],
    )
