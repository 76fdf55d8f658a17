"""The page on which a second officer lets a protected pupil's row go (P3)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from consent.decisions import histories
from consent.queries import pupils_by_upn
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import Release
from sharing.releases import queries
from sharing.row_permissions import permitting
from sharing.row_permissions.forms import PermitForm


@require_http_methods(FORM_METHODS)
@open_to(change=Action.APPROVE)
@not_now_to("staff-release", "release_id")
def permit(request: HttpRequest, release_id: UUID, row: int) -> HttpResponseBase:
    """Let one row about a protected pupil go, with the reason; the look is logged."""
    user, at = staff_of(request), days.now()
    release = get_object_or_404(queries.releases_with_agreements(), pk=release_id)
    finding = get_object_or_404(queries.findings(release_id), row=row)
    permitting.check_can_permit(release, finding, user)
    from_roll = release.source == Release.Source.ROLL
    locating = [] if from_roll else release.decision.get("locating", [])
    form = PermitForm(posted(request), locating=bool(locating))
    if form.is_valid():
        permitting.permit(
            release_id,
            row,
            with_locating=bool(form.cleaned_data.get("with_locating")),
            reason=form.cleaned_data["reason"],
            by=user,
            at=at,
        )
        messages.success(request, f"Row {row} is allowed. The file is being checked again.")
        return redirect("staff-release", release_id)
    pupil = pupils_by_upn([finding.upn])[finding.upn]
    histories.log_look(pupil, by=user, at=at)
    context = {
        "section": "releases", "release": release, "finding": finding, "pupil": pupil, "form": form,
        "locating": locating, "from_roll": from_roll, "version": release.agreement_version,
    }  # fmt: skip
    return form_page(request, "sharing/row_permissions/permit.html", context)
