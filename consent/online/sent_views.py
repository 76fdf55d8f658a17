"""After an online opt-out or objection was sent: the link is on its way, can be sent again to
another address, and one can ask how far it is."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import rules
from consent.errors import LinkExpiredError
from consent.matter_lookup import objection_matter, step_address
from consent.models import OptOutRequest, UnconfirmedOptOut
from consent.online import links, requesting
from consent.online.forms import asked_about
from consent.online.receipts import starts
from consent.online.sent_forms import AgainForm, StatusForm
from consent.online.status import find, read_reference, state_of
from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import client_of, guarded
from privacy_portal.ground.limits.pacing import held_back
from privacy_portal.ground.ui.errors import too_many

# In the session: what was sent last. The kind of limit of all these forms.
SENT = "opt-out-sent"
FORMS = "opt-out-from"
WRONG_ABOUT_ONE = 20
HOUR = timedelta(hours=1)


@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Check your email: it has not started yet, unless the link was used since."""
    last = request.session.get(SENT)
    if last is None:
        return redirect("opt-out")
    context = {
        "section": "opt-out",
        **last,
        "days": settings.CONFIRM_LINK_DAYS,
        "held_hours": settings.HELD_LINKS_HOURS,
        "confirmed": OptOutRequest.objects.filter(reference=last["reference"]).exists(),
    }
    return render(request, "consent/online/sent.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """The link once more, to the same address or a corrected one; no answer is asked again."""
    last = request.session.get(SENT)
    if last is None:
        return redirect("opt-out")
    posted = request.POST if request.method == "POST" else None
    form = AgainForm(posted, initial={"email": last["email"]})
    if form.is_valid():
        at, email = days.now(), form.cleaned_data["email"]
        if page := held_back(request, FORMS, at=at, back=reverse("opt-out-again")):
            return page
        if links.send_again(last["reference"], email=email, at=at):
            request.session[SENT] = {**last, "email": email, "again": True}
            return redirect("opt-out-sent")
        return render(request, "consent/online/sent_again.html", {"section": "opt-out", **last})
    context = {"section": "opt-out", "form": form, **last}
    return render(
        request, "consent/online/send_again.html", context, status=422 if form.errors else 200
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """How far it is, for who knows its reference and its address, or the letter it was made with."""
    form = StatusForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"section": "opt-out", "form": form}
    if request.method == "POST" and form.is_valid():
        at = days.now()
        reference = read_reference(form.cleaned_data["reference"])
        email, selector = form.cleaned_data["email"], form.cleaned_data["code"]
        with transaction.atomic():
            # Only wrong guesses are counted.
            guards = [
                guarded(
                    "opt-out-status-from",
                    client_of(request),
                    most=settings.WRONG_GUESSES_AN_HOUR,
                    within=HOUR,
                    at=at,
                ),
                guarded("opt-out-status-of", reference, most=WRONG_ABOUT_ONE, within=HOUR, at=at),
            ]
            if not all(each.open for each in guards):
                return too_many(request)
            found = find(reference, email=email, selector=selector)
            if found is None:
                for each in guards:
                    each.count()
        if found:
            context |= _state(request, found)
        else:
            form.add_error("reference", StatusForm.unknown)
    code = 422 if form.errors else 200
    return render(request, "consent/online/status.html", context, status=code)


@require_POST
def another(request: HttpRequest, token: str) -> HttpResponse:
    """Starts a form for another child, with the name and contact details already typed."""
    try:
        done = requesting.received_by(token)
    except LinkExpiredError:
        return redirect("opt-out")
    matter = done.matter
    if matter.scheme is None:
        # What could be objected to then may be over.
        assert matter.purpose is not None
        if objection_matter(matter.recipient.code, matter.purpose.code, days.today()) is None:
            return redirect("opt-out")
    if done.by != rules.DecidedBy.PARENT or done.code_id is not None:
        return redirect("opt-out")
    asked = asked_about(request.session, matter)
    asked.drop()
    if "who" in asked.questions:
        asked.keep("who", {"by": done.by})
    contact = {name: getattr(done, name) for name in ("person_name", "relation", "email", "phone")}
    asked.keep("contact", contact)
    return redirect(step_address(matter, asked.open() or asked.names()[0]))


def _state(request: HttpRequest, found: UnconfirmedOptOut | OptOutRequest) -> dict[str, object]:
    """What the page says of it; whoever waits for the link can have it sent again."""
    if isinstance(found, UnconfirmedOptOut):
        request.session[SENT] = {
            "reference": found.reference, "email": found.email, "noun": found.matter.noun,
        }  # fmt: skip
    return {
        "sent": found,
        "state": state_of(found, at=days.now()),
        "starts": starts(
            rules.Choice(found.choice),
            by_code=isinstance(found, OptOutRequest) and found.code_id is not None,
        ),
        "chosen": found.matter.chosen(rules.Choice(found.choice)),
        "due_on": rules.objection_due(days.day_of(found.received_at)),
    }
