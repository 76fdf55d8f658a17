"""Officers' pages about mails: those that did not go, and in the example all of them."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only, staff_only
from privacy_portal.ground.mail import files, queries, sending, writing

OUTBOX_SHOWN = 50
PER_PAGE = 50


@require_safe
@staff_only
def outbox(request: HttpRequest) -> HttpResponseBase:
    """The newest mails, with their words: in the example only, where nobody else gets them."""
    if not settings.EXAMPLE:
        raise Http404
    context = {"section": "staff", "mails": files.newest(OUTBOX_SHOWN), "most": OUTBOX_SHOWN}
    return render(request, "mail/outbox.html", context)


@require_safe
@officers_only
def unsent(request: HttpRequest) -> HttpResponseBase:
    """Mail that wait or could not be sent, oldest first."""
    page = Paginator(queries.unsent(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "staff", "page": page, "trouble": queries.unsent_mails(days.now())}
    return render(request, "mail/unsent.html", context)


@require_POST
@officers_only
def try_again(request: HttpRequest) -> HttpResponseBase:
    """Let those that could not be sent, or wait for too long, be tried anew."""
    again = writing.try_again(at=days.now())
    messages.success(request, f"Resending {again} {'email' if again == 1 else 'emails'}")
    return redirect("staff-mails")


@require_POST
@officers_only
def discard(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Delete one that could not be sent, for example to an address that does not exist."""
    assert isinstance(request.user, User)
    if sending.discard(message_id, by=request.user, at=days.now()):
        messages.success(request, "Email deleted. It will not be sent.")
    else:
        messages.warning(request, "That email has already been sent or deleted.")
    return redirect("staff-mails")
