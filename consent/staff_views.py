"""Pages about opt-outs for school staff and officers."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.queries import requests_for, schools_of
from privacy_portal.accounts.models import User
from privacy_portal.accounts.permissions import staff_only

PER_PAGE = 50


@require_safe
@staff_only
def opt_outs(request: HttpRequest) -> HttpResponseBase:
    """Opt-outs sent online: school staff see those of their own schools."""
    user = request.user
    assert isinstance(user, User)
    page = Paginator(requests_for(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "staff-opt-outs",
        "page": page,
        "schools": [] if user.is_officer else list(schools_of(user)),
    }
    return render(request, "consent/staff_opt_outs.html", context)
