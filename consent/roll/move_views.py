"""Pages of pupils on another school's roll: a list of moves to confirm, and one of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from consent.decisions import histories
from consent.queries import present_upn
from consent.roll import waiting_moves
from consent.roll.forms import MoveForm
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.environment import count
from privacy_portal.ground.ui.forms import ids
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_ROLL, change=Action.IMPORT_ROLL)
@not_now_to("staff-moves")
def moves(request: HttpRequest) -> HttpResponseBase:
    """List moves to confirm or refuse, oldest first, and those that the user's own schools wait for or
    were refused; confirm several plain ones at once. Log whom the page lists."""
    user, at = staff_of(request), days.now()
    if request.method == "POST" and "seen" in request.POST:
        numbers = ids(request.POST.getlist("seen"))
        if waiting_moves.mark_seen(numbers, by=user, at=at):
            messages.success(request, "Marked as seen.")
        return redirect("staff-moves")
    if request.method == "POST":
        numbers = ids(request.POST.getlist("move"))
        moved = waiting_moves.confirm(numbers, by=user, at=at) if numbers else []
        if moved:
            pupils = count(len(moved), "pupil has", "pupils have")
            messages.success(request, f"{pupils} moved.")
        else:
            messages.warning(request, "Select the pupils who have moved.")
        return redirect("staff-moves")
    page = Paginator(waiting_moves.moves_for(user), PER_PAGE).get_page(request.GET.get("page"))
    histories.log_listed([row.pupil for row in page.object_list], by=user, at=at)
    requested = waiting_moves.requested_by_schools_of(user)
    refusals = waiting_moves.refusals_for(user)
    overdue = waiting_moves.overdue_for(user, at=at).filter(
        pk__in=[row.pk for row in page.object_list]
    )
    rows = [(row, waiting_moves.claim_of(row)) for row in page.object_list]
    context = {
        "section": "pupils",
        "page": page,
        "rows": rows,
        "plain": [row.pk for row, claim in rows if not claim.differences],
        "asked": requested[:PER_PAGE],
        "asked_count": requested.count(),
        "refusals": refusals[:PER_PAGE],
        "refusals_count": refusals.count(),
        "overdue": set(overdue.values_list("pk", flat=True)),
    }
    return render(request, "consent/roll/moves.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.IMPORT_ROLL)
def move(request: HttpRequest, number: int) -> HttpResponseBase:
    """Compare what the other school's file says with the record, and answer; log the look."""
    user, at = staff_of(request), days.now()
    row = get_object_or_404(waiting_moves.moves_for(user), pk=number)
    claim = waiting_moves.claim_of(row)
    form = MoveForm(posted(request), may_be_another=claim.may_be_another)
    if form.is_valid():
        answers = form.cleaned_data
        try:
            if answers["answer"] == "yes":
                same = bool(answers.get("same_child"))
                waiting_moves.confirm([row.pk], same_child=same, by=user, at=at)
                messages.success(request, "Move confirmed.")
            else:
                waiting_moves.refuse(row.pk, note=answers["note"], by=user, at=at)
                messages.success(request, "Saved: the pupil has not moved.")
            return redirect("staff-moves")
        except NotNowError as error:
            messages.warning(request, str(error))
    histories.log_listed([row.pupil], by=user, at=at)
    context = {
        "section": "pupils",
        "move": row,
        "upn": present_upn(row.pupil),
        "claim": claim,
        "form": form,
    }
    return form_page(request, "consent/roll/move.html", context)
