"""The public’s pages to get emails when a privacy notice changes.

Everyone sees the same page, whether or not the address is subscribed. Opening a link changes
nothing, since mail scanners do that; a button does.
"""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from notices import queries
from notices.errors import LinkExpiredError
from notices.forms import SubscribeForm
from notices.subscriptions import subscribing
from privacy_portal.ground import days
from privacy_portal.ground.limits.pacing import held_back
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page


@require_http_methods(FORM_METHODS)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask which notices, and for the address."""
    notices = list(queries.notices_with_versions())
    slug = request.GET.get("notice")
    initial = [notice.slug for notice in notices if slug in (None, notice.slug)]
    form = SubscribeForm(request.POST or None, notices=notices, initial={"notices": initial})
    if request.method == "POST" and form.is_valid():
        at = days.now()
        if page := held_back(request, "subscribe-from", at=at, back=reverse("subscribe")):
            return page
        slugs = form.cleaned_data["notices"]
        selection = [notice for notice in notices if notice.slug in slugs]
        subscribing.ask(form.cleaned_data["email"], selection, at=at)
        return redirect("subscribe-sent")
    context = {"form": form, "section": "notices", "notices": notices}
    return form_page(request, "notices/subscriptions/subscribe.html", context)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Ask the person to check their email."""
    context = {"section": "notices", "days": settings.SUBSCRIBE_LINK_DAYS}
    return render(request, "notices/subscriptions/sent.html", context)


@require_http_methods(FORM_METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link confirms, and the button that starts the emails."""
    try:
        if request.method == "POST":
            subscriber = subscribing.confirm(token, at=days.now())
            context = {"section": "notices", "subscriber": subscriber}
            return render(request, "notices/subscriptions/done.html", context)
        subscription = subscribing.asked_by(token, at=days.now())
    except LinkExpiredError:
        context = {"section": "notices"}
        return render(request, "notices/subscriptions/expired.html", context, status=410)
    context = {"section": "notices", "subscription": subscription}
    return render(request, "notices/subscriptions/confirm.html", context)


@csrf_exempt
@require_http_methods(FORM_METHODS)
def end(request: HttpRequest, reference: UUID) -> HttpResponse:
    """End the emails with one click: of the button, or of a mail program (RFC 8058), which sends no
    cookie, so the address itself is the authority."""
    if request.method == "POST":
        subscribing.end(reference)
        return render(request, "notices/subscriptions/ended.html", {"section": "notices"})
    return render(request, "notices/subscriptions/end.html", {"section": "notices"})
