"""How an extract is to be read: the officer who uploaded it says which sheet or encoding is meant."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.reading_forms import ReadingForm
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import Release
from sharing.releases import deleting, queries as release_queries, reading as reading_desk


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
@not_now_to("staff-release", "release_id")
def reading(request: HttpRequest, release_id: UUID) -> HttpResponseBase:
    """Which sheet of a workbook, or which encoding of a text, is meant."""
    shown = release_queries.release(release_id)
    if shown is None:
        raise Http404
    if shown.state != Release.State.ASKING:
        return redirect("staff-release", release_id)
    user = staff_of(request)
    form = ReadingForm(request.POST if request.method == "POST" else None, question=shown.asked)
    if request.method == "POST" and form.is_valid():
        reading_desk.answer(release_id, form.answered(), by=user, at=days.now())
        return redirect("staff-release", release_id)
    context = {
        "section": "releases",
        "release": shown,
        "form": form,
        "own": shown.requested_by_id == user.pk,
        "can_delete": allowed(deleting.check_can_delete, shown, user),
    }
    status = 422 if form.errors else 200
    return render(request, "sharing/releases/reading.html", context, status=status)
