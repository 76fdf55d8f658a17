"""The opt-outs and opt-ins that were received between two days: the list behind numbers (K1)."""

from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from consent.queries import schemes, schools
from consent.rules import Choice
from consent.watching.received import decisions_received
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.pages import other_parameters, page_of

TITLES = {Choice.OPT_OUT.value: "Opt-outs received", Choice.OPT_IN.value: "Opt-ins received"}


@require_safe
@open_to(Action.SEE_CASES)
def received(request: HttpRequest, scheme: str) -> HttpResponseBase:
    """List the choices received under a scheme, newest first, as the address asks; log whom it lists.

    Raises Http404 for a day, school or choice that there is not.
    """
    about = get_object_or_404(schemes(), code=scheme)
    first, last = (days.read_day(request.GET.get(name, "")) for name in ("first", "last"))
    choice, urn = request.GET.get("choice", ""), request.GET.get("school", "")
    if first is None or last is None or choice not in ("", *TITLES):
        raise Http404
    if first.year not in days.YEARS or last.year not in days.YEARS:
        raise Http404
    school = get_object_or_404(schools(), urn=urn) if urn else None
    rows: models.QuerySet[models.Model] = decisions_received(
        about, first, last, school=school, choice=choice
    ).select_related("pupil__school")
    page = page_of(request, rows)
    listed = [decision.pupil for decision in page.object_list]
    histories.log_listed(listed, by=staff_of(request), at=days.now())
    context = {
        "section": "figures",
        "title": TITLES.get(choice, "Choices received"),
        "scheme": about,
        "school": school,
        "first": first,
        "last": last,
        "page": page,
        "query": other_parameters(request),
    }
    return render(request, "consent/watching/received.html", context)
