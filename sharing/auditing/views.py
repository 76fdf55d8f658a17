"""Officers have the whole log checked."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.jobs import defer


@require_POST
@open_to(change=Action.SEE_LOG)
def check(request: HttpRequest) -> HttpResponseBase:
    """Have the log checked now, by a job."""
    with transaction.atomic():
        defer("sharing.check_log", {"by": staff_of(request).pk})
    messages.success(
        request, "The log is being checked. Reload this page in a few minutes to see the result."
    )
    return redirect("staff-log")
