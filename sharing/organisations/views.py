"""Officers' pages about organisations: the list, one with its assurance (Q3), and forms for that."""

from collections import Counter

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from notices.models import Recipient
from notices.queries import (
    predecessors_of,
    recipient_with_code,
    recipients,
    recipients_of_same_group,
)
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, other_parameters, page_of
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.agreements.presenters import STANDINGS as AGREEMENT_STANDINGS
from sharing.agreements.queries import agreement_reviews
from sharing.agreements.rules import Standing
from sharing.assurances import recording
from sharing.assurances.part import AssurancePart
from sharing.assurances.queries import assurances, review_of, reviews_of
from sharing.assurances.rules import Why
from sharing.assurances.storing import part_of
from sharing.models import Assurance, PolicyChange
from sharing.organisations import presenters
from sharing.organisations.forms import AssuranceForm, WithdrawForm
from sharing.organisations.presenters import OrganisationLine
from sharing.policy import changing
from sharing.policy.presenters import change_title
from sharing.policy.queries import drafted_about

Kind = PolicyChange.Kind
DRAFTED = "Draft saved. It applies once another approving officer puts it in force."


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """List the organisations with their agreements in force and their assurance."""
    today = days.today()
    words = request.GET.get("words", "").strip()
    everything = list(recipients())
    matching = [
        recipient
        for recipient in everything
        if words.casefold() in f"{recipient.name} {recipient.kind} {recipient.group}".casefold()
    ]
    page = page_of(request, matching)
    in_force = Counter(
        agreement.current.row.recipient_id
        for agreement in agreement_reviews(today)
        if agreement.standing is Standing.IN_FORCE
    )
    reviews = reviews_of((recipient.pk for recipient in page.object_list), today)
    context = {
        "section": "agreements",
        "page": page,
        "query": other_parameters(request),
        "words": words,
        "total": len(everything),
        "tags": presenters.STANDINGS,
        "lines": [
            OrganisationLine(
                recipient,
                presenters.dates_of(recipient, today),
                reviews[recipient.pk],
                in_force[recipient.pk],
            )
            for recipient in page.object_list
        ],
    }
    return render(request, "sharing/organisations/index.html", context)


@require_safe
@open_to(Action.SEE_AGREEMENTS)
def organisation(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show who an organisation is, its group, its assurance with its history, and its agreements."""
    today = days.today()
    recipient = _recipient(code)
    review = review_of(recipient.pk, today)
    context = {
        "section": "agreements",
        "recipient": recipient,
        "dates": presenters.dates_of(recipient, today),
        "is_open": presenters.is_open(recipient, today),
        "predecessors": list(predecessors_of(recipient)),
        "group": list(recipients_of_same_group(recipient)),
        "assurance": review,
        "current": [(row, presenters.state_of(row, today)) for row in review.current],
        "history": presenters.history_of(review.rows),
        "drafted": list(drafted_about(recipient.code)),
        "change_title": change_title,
        "agreements": agreement_reviews(today, among=recipient.agreement_versions.all()),
        "tags": AGREEMENT_STANDINGS,
    }
    return render(request, "sharing/organisations/organisation.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DRAFT_POLICY)
def add(request: HttpRequest, code: str) -> HttpResponseBase:
    """Draft that an organisation has a registration or a certificate, for a second officer to check."""
    recipient = _recipient(code)
    form = AssuranceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "reason"}
        part = AssurancePart(recipient=code, **values)
        try:
            change = changing.draft(
                Kind.ASSURANCE, part.code, part, reason=form.cleaned_data["reason"],
                by=staff_of(request), at=days.now(),
            )  # fmt: skip
        except NotNowError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, DRAFTED)
            return redirect("staff-policy-draft", change.pk)
    context = {"section": "agreements", "recipient": recipient, "form": form}
    return form_page(request, "sharing/organisations/assurance.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DRAFT_POLICY)
@not_now_to("staff-organisation", "code")
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponseBase:
    """Withdraw an assurance: at once where nobody relies on it any more, which only stops signing; by a
    draft for a second officer where it was a mistake, after which an agreement may be signed again."""
    recipient = _recipient(code)
    row = _assurance(recipient, number)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["why"] != Why.MISTAKE:
            recording.withdraw(row.pk, **form.cleaned_data, by=staff_of(request), at=days.now())
            messages.success(request, f"{row.title} withdrawn")
            return redirect("staff-organisation", code)
        part = part_of(recipient, row)
        change = changing.draft(
            Kind.ASSURANCE, part.code, part.model_copy(update={"mistake": True}),
            reason=form.cleaned_data["reason"], by=staff_of(request), at=days.now(),
        )  # fmt: skip
        messages.success(request, DRAFTED)
        return redirect("staff-policy-draft", change.pk)
    context = {"section": "agreements", "recipient": recipient, "row": row, "form": form}
    return form_page(request, "sharing/organisations/withdraw.html", context)


def _recipient(code: str) -> Recipient:
    recipient = recipient_with_code(code)
    if recipient is None:
        raise Http404
    return recipient


def _assurance(recipient: Recipient, number: int) -> Assurance:
    row = assurances().filter(recipient=recipient, pk=number).first()
    if row is None:
        raise Http404
    return row
