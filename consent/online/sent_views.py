"""The pages after an online form was sent: check your email, send the link again, check the progress."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import rules
from consent.errors import LinkExpiredError
from consent.matter_lookup import objection_matter, step_address
from consent.models import OptOutRequest, UnconfirmedOptOut
from consent.online import links, requesting
from consent.online.forms import asked_about
from consent.online.proofs import has_proof, proof_file
from consent.online.receipts import starts
from consent.online.sent_forms import AgainForm, StatusForm
from consent.online.status import find, read_reference, state_of
from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import client_of, counted_limit
from privacy_portal.ground.limits.pacing import held_back
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.errors import too_many
from privacy_portal.ground.ui.pages import form_page, posted

# In the session: what was sent last. The kind of limit of all these forms.
SENT = "opt-out-sent"
FORMS = "opt-out-from"
WRONG_ABOUT_ONE = 20
HOUR = timedelta(hours=1)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Ask the person to check their email, unless the link has been used since."""
    last = request.session.get(SENT)
    if last is None:
        return redirect("opt-out")
    context = {
        "section": "opt-out",
        **last,
        "days": terms.number("confirm_link_days"),
        "held_hours": settings.HELD_LINKS_HOURS,
        "confirmed": OptOutRequest.objects.filter(reference=last["reference"]).exists(),
    }
    return render(request, "consent/online/sent.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """Send the link again, to the same address or a corrected one; no answer is needed again."""
    last = request.session.get(SENT)
    if last is None:
        return redirect("opt-out")
    form = AgainForm(posted(request), initial={"email": last["email"]})
    if form.is_valid():
        at, email = days.now(), form.cleaned_data["email"]
        if page := held_back(request, FORMS, at=at, back=reverse("opt-out-again")):
            return page
        if links.send_again(last["reference"], email=email, at=at):
            request.session[SENT] = {**last, "email": email, "again": True}
            return redirect("opt-out-sent")
        return render(request, "consent/online/sent_again.html", {"section": "opt-out", **last})
    context = {"section": "opt-out", "form": form, **last}
    return form_page(request, "consent/online/send_again.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponseBase:
    """Show the progress of a form to who knows its reference and its address or letter, or give them the proof
    that we received it."""
    form = StatusForm(posted(request))
    context: dict[str, object] = {"section": "opt-out", "form": form}
    if form.is_valid():
        at = days.now()
        reference = read_reference(form.cleaned_data["reference"])
        email, selector = form.cleaned_data["email"], form.cleaned_data["code"]
        with transaction.atomic():
            # Only wrong guesses are counted.
            guards = [
                counted_limit(
                    "opt-out-status-from",
                    client_of(request),
                    most=settings.WRONG_GUESSES_AN_HOUR,
                    within=HOUR,
                    at=at,
                ),
                counted_limit(
                    "opt-out-status-of", reference, most=WRONG_ABOUT_ONE, within=HOUR, at=at
                ),
            ]
            if not all(guard.open for guard in guards):
                return too_many(request)
            submitted = find(reference, email=email, selector=selector)
            if submitted is None:
                for guard in guards:
                    guard.count()
        if submitted:
            context |= _state(request, submitted)
            if "proof" in request.POST and isinstance(submitted, OptOutRequest):
                if has_proof(submitted) and (file := proof_file(submitted)):
                    return file
                context["proof_later"] = True
        else:
            form.add_error("reference", StatusForm.unknown)
    return form_page(request, "consent/online/status.html", context)


@require_POST
def another(request: HttpRequest, token: str) -> HttpResponse:
    """Start a form for another child, with the name and contact details already typed."""
    try:
        confirmed = requesting.received_by(token)
    except LinkExpiredError:
        return redirect("opt-out")
    matter = confirmed.matter
    if matter.scheme is None:
        # What could be objected to then may be over.
        assert matter.purpose is not None
        if objection_matter(matter.recipient.code, matter.purpose.code, days.today()) is None:
            return redirect("opt-out")
    if confirmed.by != rules.DecidedBy.PARENT or confirmed.by_code:
        return redirect("opt-out")
    journey = asked_about(request.session, matter)
    journey.drop()
    if "who" in journey.questions:
        journey.keep("who", {"by": confirmed.by})
    contact = {
        name: getattr(confirmed, name) for name in ("person_name", "relation", "email", "phone")
    }
    journey.keep("contact", contact)
    return redirect(step_address(matter, journey.open() or journey.names()[0]))


def _state(request: HttpRequest, sent: UnconfirmedOptOut | OptOutRequest) -> dict[str, object]:
    """Return what the page says about a form, and remember an unconfirmed one to send its link again."""
    if isinstance(sent, UnconfirmedOptOut):
        request.session[SENT] = {
            "reference": sent.reference, "email": sent.email, "noun": sent.matter.noun,
        }  # fmt: skip
    return {
        "sent": sent,
        "state": state_of(sent, at=days.now()),
        "starts": starts(sent),
        "due_on": rules.objection_due(days.day_of(sent.received_at)),
        "has_proof": isinstance(sent, OptOutRequest) and has_proof(sent),
    }
