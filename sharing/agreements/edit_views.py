"""Officers' pages to draft, sign, suspend, terminate and renew agreements."""

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
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.agreements import lawful_bases, queries, signing
from sharing.agreements.act_forms import BasisForm, LiftForm, SuspendForm, TerminateForm
from sharing.agreements.errors import NotCompleteError, TermsChangedError
from sharing.agreements.forms import SECTION_FORMS, Choices, SectionForm, SignForm, StartForm
from sharing.agreements.lawful_bases import bases_of
from sharing.agreements.presenters import gaps_by_section, warning_lines
from sharing.agreements.queries import AgreementReview, Version
from sharing.agreements.rules import Section
from sharing.agreements.terms import SECTIONS, sections_in_words
from sharing.agreements.views import get_agreement, get_version, part_of
from sharing.assurances.queries import review_of


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
def new(request: HttpRequest) -> HttpResponseBase:
    """Create an agreement, as a draft."""
    form = StartForm(request.POST or None, choices=_choices(None))
    if request.method == "POST" and form.is_valid():
        try:
            version = signing.start(form.part(), by=staff_of(request), at=days.now())
        except NotNowError as error:
            form.add_error("reference", str(error))
        else:
            messages.success(
                request, "Draft created. You cannot share anything under it until it is signed."
            )
            return redirect("staff-agreement-version", version.agreement_id, version.number)
    return form_page(
        request, "sharing/agreements/new.html", {"section": "agreements", "form": form}
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
@not_now_to("staff-agreement", "agreement_id")
def edit(request: HttpRequest, agreement_id: int, number: int, section: str) -> HttpResponseBase:
    """Edit one section of a draft."""
    if section not in SECTIONS:
        raise Http404
    part_name = Section(section)
    agreement = get_agreement(agreement_id)
    draft = _draft(agreement, number)
    part = part_of(draft)
    kind: type[SectionForm] = SECTION_FORMS[part_name]
    form: SectionForm = kind(request.POST or None, part=part, choices=_choices(draft))
    context: dict[str, object] = {
        "section": "agreements",
        "agreement": agreement,
        "version": draft,
        "heading": SECTIONS[part_name],
        "gaps": gaps_by_section(draft.gaps).get(section, []),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        try:
            signing.change(
                draft.row.pk, part_name, form.terms(), seen=form.cleaned_data["seen"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
        except TermsChangedError as error:
            words = queries.words([agreement], with_schools=not draft.row.all_schools)
            context["conflict"] = str(error)
            context["current"] = [
                term
                for group in sections_in_words(part, words)
                if group.code == section
                for term in group.terms
            ]
            data = request.POST.copy()
            data["seen"] = signing.token_of(part)
            form.data = data
        else:
            messages.success(request, "Saved")
            return redirect("staff-agreement-version", agreement_id, number)
    status = 409 if "conflict" in context else 422 if form.errors else 200
    return render(request, "sharing/agreements/edit.html", context, status=status)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
@not_now_to("staff-agreement-version", "agreement_id", "number")
def sign(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Record both signatures, with the signed PDF."""
    agreement = get_agreement(agreement_id)
    draft = _draft(agreement, number)
    part = part_of(draft)
    today = days.today()
    form = SignForm(
        request.POST or None,
        files=request.FILES or None,
        today=today,
        initial={"seen": signing.token_of(part)},
    )
    if request.method == "POST" and form.is_valid():
        council, recipient = form.sides()
        try:
            signing.sign(
                draft.row.pk, council=council, recipient=recipient,
                document=form.cleaned_data["document"], seen=form.cleaned_data["seen"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
        except (NotCompleteError, TermsChangedError) as error:
            messages.warning(request, f"{error} Check the terms again.")
        else:
            messages.success(request, "Signatures recorded")
        return redirect("staff-agreement-version", agreement_id, number)
    context = {
        "form": form,
        "section": "agreements",
        "agreement": agreement,
        "version": draft,
        "assurance": review_of(draft.row.recipient_id, today),
        "warnings": warning_lines(
            queries.warnings_before_signing(draft, today),
            queries.words([agreement], with_schools=False),
        ),
    }
    return form_page(request, "sharing/agreements/sign.html", context)


@dataclass(frozen=True, slots=True)
class _Act:
    """An action on a signed version: its form, verb and wording."""

    form: type[forms.Form]
    verb: Callable[..., None]
    heading: str
    words: str
    button: str
    done: str
    warns: bool = True


ACTS: Mapping[str, _Act] = {
    "suspend": _Act(
        SuspendForm, signing.suspend, "Suspend the agreement",
        "You cannot share anything under a suspended agreement. "
        "This does not recall anything already shared.",
        "Suspend", "Agreement suspended",
    ),
    "lift": _Act(
        LiftForm, signing.lift, "Lift the suspension",
        "You can share under the agreement again from that date.",
        "Lift suspension", "Suspension lifted", warns=False,
    ),
    "terminate": _Act(
        TerminateForm, signing.terminate, "Terminate the agreement",
        "You cannot share anything under this agreement from that date. You cannot undo this. "
        "To share again, sign a new version.",
        "Terminate", "Agreement terminated",
    ),
}  # fmt: skip


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
def act(request: HttpRequest, agreement_id: int, number: int, verb: str) -> HttpResponseBase:
    """Suspend a version, lift a suspension, or terminate it, with the reason."""
    if verb not in ACTS:
        raise Http404
    action = ACTS[verb]
    agreement = get_agreement(agreement_id)
    version = get_version(agreement, number)
    today = days.today()
    more: Cleaned = {"suspensions": signing.to_lift(version.row, today)} if verb == "lift" else {}
    form = action.form(
        request.POST or None, initial={"first": today, "from_day": today, "on": today}, **more
    )
    if request.method == "POST" and form.is_valid():
        try:
            action.verb(version.row.pk, **form.cleaned_data, by=staff_of(request), at=days.now())
        except NotNowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, action.done)
            return redirect("staff-agreement-version", agreement_id, number)
    context = {
        "form": form,
        "section": "agreements",
        "agreement": agreement,
        "version": version,
        "act": action,
    }
    return form_page(request, "sharing/agreements/act.html", context)


@require_POST
@open_to(change=Action.KEEP_AGREEMENTS)
@not_now_to("staff-agreement", "agreement_id")
def start_next(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Create the next version, to change or renew the agreement."""
    version = get_version(get_agreement(agreement_id), number)
    draft = signing.start_next(version.row, by=staff_of(request), at=days.now())
    messages.success(request, f"Version {draft.number} created from version {number}.")
    return redirect("staff-agreement-version", agreement_id, draft.number)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
def basis(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Confirm the lawful basis of a version in Article 6(1); its terms stay as they are."""
    agreement = get_agreement(agreement_id)
    version = get_version(agreement, number)
    if version.row.signed_on is None:
        raise Http404
    initial = {"code": bases_of([version.row])[version.row.pk].code}
    form = BasisForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        lawful_bases.confirm(version.row, code, by=staff_of(request), at=days.now())
        messages.success(request, f"Lawful basis confirmed: Article {code}")
        return redirect("staff-agreement-version", agreement_id, number)
    context = {"form": form, "section": "agreements", "agreement": agreement, "version": version}
    return form_page(request, "sharing/agreements/basis.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_AGREEMENTS)
@not_now_to("staff-agreement", "agreement_id")
def discard(request: HttpRequest, agreement_id: int, number: int) -> HttpResponseBase:
    """Ask whether to delete a draft, then delete it."""
    agreement = get_agreement(agreement_id)
    draft = _draft(agreement, number)
    if request.method == "POST":
        signing.discard(draft.row.pk, by=staff_of(request), at=days.now())
        messages.success(request, f"Draft of {agreement.agreement.reference} deleted")
        if len(agreement.versions) > 1:
            return redirect("staff-agreement", agreement_id)
        return redirect("staff-agreements")
    context = {"section": "agreements", "agreement": agreement, "version": draft}
    return render(request, "sharing/agreements/discard.html", context)


def _draft(agreement: AgreementReview, number: int) -> Version:
    draft = get_version(agreement, number)
    if draft.row.signed_on is not None:
        raise Http404
    return draft


def _choices(draft: Version | None) -> Choices:
    audience = draft.row.audience if draft else "pupil"
    return Choices(
        recipient=[(recipient.code, recipient.name) for recipient in recipients()],
        purposes=[(purpose.code, purpose.label) for purpose in purposes_for(audience)],
        items=[(item.code, item.label) for item in items_for(audience)],
        schools=[(school.urn, school.name) for school in schools()],
    )
