"""Pages of schools in numbers, and of the list behind each number (K1, K2)."""

from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from consent.decisions import histories
from consent.models import Scheme, School
from consent.queries import open_schools, schemes, schools_of
from consent.watching.checking import Overview, overview
from consent.watching.figures import ListName, figures_of, figures_under, pupils_of
from consent.watching.presenters import (
    CSV_HEADINGS,
    HEADINGS,
    TITLES,
    csv_rows,
    school_row,
    what_to_check,
)
from consent.watching.waiting import Waiting
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.ui.private_downloads import private_csv

PER_PAGE = 50
SECTION = "school-figures"


@require_safe
@open_to(Action.SEE_CHOICES)
def school_figures(request: HttpRequest) -> HttpResponseBase:
    """Show the schools to check, and each school's numbers under one scheme; to school staff their own."""
    user, at = staff_of(request), days.now()
    now = overview(at=at)
    own = _schools_for(user, now)
    scheme = _scheme_for(request, now)
    to_check = now.reasons([school for school in own if school.to_check_since])
    rows = []
    if scheme is not None:
        figures = figures_under(scheme, own, at=at, choices=now.choices[scheme.pk])
        comparisons = now.compare(scheme, own)
        first = {row.school.pk: order for order, row in enumerate(to_check)}
        figures.sort(key=lambda row: first.get(row.school.pk, len(first)))
        rows = [
            school_row(
                row,
                comparisons[row.school.pk],
                to_check=row.school.pk in first,
                others=user.sees_every_school,
            )
            for row in figures
        ]
    context = {
        "section": SECTION,
        "to_check": [
            (row.school, what_to_check(row, others=user.sees_every_school)) for row in to_check
        ],
        "schemes": [(one.code, one.title) for one in now.schemes],
        "scheme": scheme,
        "rows": rows,
        "headings": list(HEADINGS.values()),
        "schools": own,
    }
    return render(request, "consent/watching/schools.html", context)


def _schools_for(user: User, now: Overview) -> list[School]:
    """Return the open schools whose numbers the member of staff may see."""
    if user.sees_every_school:
        return list(now.schools)
    own = set(schools_of(user).values_list("pk", flat=True))
    return [school for school in now.schools if school.pk in own]


def _scheme_for(request: HttpRequest, now: Overview) -> Scheme | None:
    """Return the scheme that the address names, or else the first. Raises Http404 for another word."""
    code = request.GET.get("scheme")
    if not code:
        return next(iter(now.schemes), None)
    for scheme in now.schemes:
        if scheme.code == code:
            return scheme
    raise Http404


@require_safe
@open_to(Action.SEE_CHOICES)
def school_list(request: HttpRequest, urn: str, scheme: str, name: str) -> HttpResponseBase:
    """List the pupils, or what waits, behind a number of a school under a scheme; log whom the page lists."""
    user, at = staff_of(request), days.now()
    if name not in {one.value for one in ListName}:
        raise Http404
    list_name = ListName(name)
    own = schools_of(user) & open_schools(days.day_of(at))
    school = get_object_or_404(own.distinct(), urn=urn)
    about = get_object_or_404(schemes(), code=scheme)
    figures = figures_of(about, school, at=at)
    number = request.GET.get("page")
    page: Page[Waiting] | Page[int]
    if list_name is ListName.WAITING:
        page = Paginator(figures.waiting if figures else (), PER_PAGE).get_page(number)
        waiting, pupils = list(page.object_list), []
        listed = [row.pupil for row in waiting if row.pupil]
    else:
        page = Paginator(figures.pupils(list_name) if figures else (), PER_PAGE).get_page(number)
        waiting, pupils = [], pupils_of(page.object_list)
        listed = pupils
    histories.log_listed(listed, by=user, at=at)
    context = {
        "section": SECTION,
        "title": TITLES[list_name],
        "school": school,
        "scheme": about,
        "list": list_name.value,
        "page": page,
        "pupils": pupils,
        "waiting": waiting,
    }
    return render(request, "consent/watching/list.html", context)


@require_safe
@open_to(Action.SEE_CASES)
def download(request: HttpRequest) -> HttpResponseBase:
    """Download the numbers of every school under every scheme as a CSV; logged."""
    user, at = staff_of(request), days.now()
    now = overview(at=at)
    rows: list[list[object]] = []
    for scheme in now.schemes:
        figures = figures_under(scheme, now.schools, at=at, choices=now.choices[scheme.pk])
        rows += csv_rows(scheme, figures, now.compare(scheme, now.schools))
    _log_download(by=user, at=at)
    name = f"choices-by-school-{days.today().isoformat()}.csv"
    return private_csv(CSV_HEADINGS, rows, name=name)


def _log_download(*, by: User, at: datetime) -> None:
    with transaction.atomic():
        log.record("school-figures-file", at=at, by=by)
