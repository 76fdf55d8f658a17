"""Pupils whom another school's roll has: a list of questions, and one of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent.decisions import histories
from consent.identities.forms import MoveForm
from consent.queries import present_upn
from consent.roll import moving
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import staff_of, staff_only
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@not_now_to("staff-moves")
def moves(request: HttpRequest) -> HttpResponseBase:
    """Moves to confirm or refuse, oldest first, and those one's own schools wait for or were refused;
    several that are plain can be confirmed at once. Whom it shows is logged."""
    user, at = staff_of(request), days.now()
    if request.method == "POST" and "seen" in request.POST:
        read = [int(each) for each in request.POST.getlist("seen") if each.isdecimal()]
        if moving.seen(read, by=user, at=at):
            messages.success(request, "It is noted that you have seen this.")
        return redirect("staff-moves")
    if request.method == "POST":
        chosen = [int(each) for each in request.POST.getlist("move") if each.isdecimal()]
        done = moving.confirm(chosen, by=user, at=at) if chosen else []
        if done:
            names = "1 pupil has" if len(done) == 1 else f"{len(done):,} pupils have"
            messages.success(request, f"{names} moved.")
        else:
            messages.warning(request, "Tick the pupils who have moved.")
        return redirect("staff-moves")
    page = Paginator(moving.moves_for(user), PER_PAGE).get_page(request.GET.get("page"))
    histories.listed([each.pupil for each in page.object_list], by=user, at=at)
    asked = moving.asked_by_schools_of(user)
    refusals = moving.refusals_for(user)
    overdue = moving.overdue_for(user, at=at).filter(pk__in=[each.pk for each in page.object_list])
    rows = [(each, moving.claim_of(each)) for each in page.object_list]
    context = {
        "section": "pupils",
        "page": page,
        "rows": rows,
        "plain": [each.pk for each, claim in rows if not claim.differs],
        "asked": asked[:PER_PAGE],
        "asked_count": asked.count(),
        "refusals": refusals[:PER_PAGE],
        "refusals_count": refusals.count(),
        "overdue": set(overdue.values_list("pk", flat=True)),
    }
    return render(request, "consent/roll/moves.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def move(request: HttpRequest, number: int) -> HttpResponseBase:
    """One move: what the other school's roll says beside the record; the look is logged."""
    user, at = staff_of(request), days.now()
    found = moving.moves_for(user).filter(pk=number).first()
    if found is None:
        raise Http404
    claim = moving.claim_of(found)
    form = MoveForm(
        request.POST if request.method == "POST" else None, may_be_another=claim.may_be_another
    )
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            if given["answer"] == "yes":
                same = bool(given.get("same_child"))
                moving.confirm([found.pk], same_child=same, by=user, at=at)
                messages.success(request, "The pupil has moved.")
            else:
                moving.refuse(found.pk, note=given["note"], by=user, at=at)
                messages.success(request, "Nothing has changed. The pupil stays where they are.")
            return redirect("staff-moves")
        except NotNowError as error:
            messages.warning(request, str(error))
    histories.listed([found.pupil], by=user, at=at)
    context = {
        "section": "pupils",
        "move": found,
        "upn": present_upn(found.pupil),
        "claim": claim,
        "form": form,
    }
    return render(request, "consent/roll/move.html", context, status=422 if form.errors else 200)
