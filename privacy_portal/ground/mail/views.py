"""Show officers the emails that could not be sent, and in the example all emails."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.mail import files, queries, sending, writing
from privacy_portal.ground.ui.pages import page_of

OUTBOX_LENGTH = 50


@require_safe
@open_to(Action.USE_OWN_ACCOUNT)
def outbox(request: HttpRequest) -> HttpResponseBase:
    """Show the newest emails: in the example only, where nobody receives them. Who sees no pupils sees
    those to people who sign in."""
    if not settings.EXAMPLE:
        raise Http404
    mails = files.newest(OUTBOX_LENGTH)
    if not may(staff_of(request), Action.SEE_CHOICES):
        staff = {email.lower() for email in User.objects.values_list("email", flat=True)}
        mails = [mail for mail in mails if mail.to.lower() in staff]
    context = {"section": "staff", "mails": mails, "most": OUTBOX_LENGTH}
    return render(request, "mail/outbox.html", context)


@require_safe
@open_to(Action.SEE_CASES)
def unsent(request: HttpRequest) -> HttpResponseBase:
    """List emails that are waiting or could not be sent, oldest first."""
    page = page_of(request, queries.unsent())
    context = {"section": "staff", "page": page, **queries.unsent_totals(days.now())}
    return render(request, "mail/unsent.html", context)


@require_POST
@open_to(change=Action.DECIDE_CASES)
def try_again(request: HttpRequest) -> HttpResponseBase:
    """Send again what could not be sent or has been waiting for too long."""
    again = writing.try_again(at=days.now())
    messages.success(request, f"Resending {again} {'email' if again == 1 else 'emails'}")
    return redirect("staff-mails")


@require_POST
@open_to(change=Action.DECIDE_CASES)
def discard(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Delete an email that could not be sent, for example to an address that does not exist."""
    if sending.discard(message_id, by=staff_of(request), at=days.now()):
        messages.success(request, "Email deleted. It will not be sent.")
    else:
        messages.warning(request, "That email has already been sent or deleted.")
    return redirect("staff-mails")
