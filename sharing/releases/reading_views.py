"""How an extract is to be read: the officer who uploaded it says which sheet or encoding is meant."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from privacy_portal.ground.ui.reading_forms import ReadingForm
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import Release
from sharing.releases import deleting, reading as reading_desk
from sharing.releases.views import get_release


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_RELEASES, change=Action.RELEASE)
@not_now_to("staff-release", "release_id")
def reading(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Ask which sheet of a workbook, or which encoding of a text, is meant."""
    release = get_release(release_id)
    if release.state != Release.State.ASKING:
        return redirect("staff-release", release_id)
    user = staff_of(request)
    form = ReadingForm(request.POST if request.method == "POST" else None, question=release.asked)
    if request.method == "POST" and form.is_valid():
        reading_desk.answer(release_id, form.answered(), by=user, at=days.now())
        return redirect("staff-release", release_id)
    context = {
        "form": form,
        "section": "releases",
        "release": release,
        "own": release.requested_by_id == user.pk,
        "can_delete": allowed(deleting.check_can_delete, release, user),
    }
    return form_page(request, "sharing/releases/reading.html", context)
