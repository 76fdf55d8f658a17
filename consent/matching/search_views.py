"""The search for a pupil, for school staff and officers."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from consent.matching.searching import search
from consent.queries import own_pupils, schools_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import staff_of, staff_only


@require_safe
@staff_only
def pupils(request: HttpRequest) -> HttpResponseBase:
    """Find pupils by name, date of birth or UPN; log which pupils the page lists."""
    user = staff_of(request)
    query = " ".join(request.GET.get("q", "").split())[:100]
    results = search(own_pupils(user), query)
    histories.log_listed(results.pupils, by=user, at=days.now())
    context = {
        "section": "pupils",
        "query": query,
        "results": results,
        "schools": [] if user.is_officer else list(schools_of(user)),
    }
    return render(request, "consent/matching/search.html", context)
