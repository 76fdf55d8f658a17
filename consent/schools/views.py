"""Pages of the choices that schools enter in their own systems (C9)."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.queries import schools_of
from consent.schools import work
from consent.schools.files import as_csv, log_download
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.forms import ids
from privacy_portal.ground.ui.private_downloads import CSV, private_file

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CHOICES, change=Action.RECORD_CHOICES)
def to_enter(request: HttpRequest) -> HttpResponseBase:
    """List what a school must enter in its own system; POST marks the ticked choices as entered."""
    user = staff_of(request)
    at = days.now()
    own = list(schools_of(user))
    urn = request.GET.get("school")
    if user.sees_every_school and not urn:
        return redirect("staff-schools")
    if urn:
        own = [school for school in own if school.urn == urn]
    decisions = work.shown_to(user, work.work_of(own, at=at))
    if request.method == "POST":
        ticked = set(ids(request.POST.getlist("decision")))
        number = work.acknowledge(
            [decision for decision in decisions if decision.pk in ticked], by=user, at=at
        )
        if number:
            messages.success(request, f"{number} marked as entered.")
        else:
            messages.warning(request, "Select the choices you have entered.")
        return redirect(request.get_full_path())
    page = Paginator(decisions, PER_PAGE).get_page(request.GET.get("page"))
    before = work.overdue_from(at)
    context = {
        "section": "school-figures" if user.sees_every_school else "school-work",
        "page": page,
        "rows": [
            (decision, annotated(decision, "told_at", datetime) < before)
            for decision in page.object_list
        ],
        "schools": own,
        "urn": urn,
        "days": terms.number("school_working_days"),
        "today": days.today(),
    }
    return render(request, "consent/schools/work.html", context)


@require_safe
@open_to(Action.RECORD_CHOICES)
def download(request: HttpRequest, urn: str) -> HttpResponseBase:
    """Download the current choices for a school's pupils, or those changed since a day, as a CSV; logged."""
    user = staff_of(request)
    school = get_object_or_404(schools_of(user), urn=urn)
    text = request.GET.get("since", "").strip()
    since = days.read_day(text) if text else None
    if text and (since is None or since.year not in days.YEARS):
        messages.warning(request, "Enter a date like 5/11/2026.")
        return redirect("staff-school-work")
    at = days.now()
    log_download(school, since, by=user, at=at)
    name = f"opt-outs-{urn}-{days.today().isoformat()}.csv"
    lines = (
        line.encode()
        for line in as_csv(school, at=at, since=since, protected=not user.sees_every_school)
    )
    return private_file(lines, name=name, content_type=CSV)


@require_safe
@open_to(Action.SEE_CASES)
def schools(request: HttpRequest) -> HttpResponseBase:
    """List the schools that have choices to enter, those overdue first."""
    context = {
        "section": "school-figures",
        "schools": work.waiting_by_school(staff_of(request), at=days.now()),
        "days": terms.number("school_working_days"),
    }
    return render(request, "consent/schools/waiting.html", context)
