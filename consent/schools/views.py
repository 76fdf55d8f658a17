"""A school's work list, what counts now as a CSV, and for officers how far schools are (C9)."""

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consent.queries import schools_of
from consent.schools import work as school_work
from consent.schools.files import as_csv, downloaded
from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of, staff_only

PER_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def work(request: HttpRequest) -> HttpResponseBase:
    """What the school must enter into its own system; ticked ones are acknowledged."""
    user = staff_of(request)
    at = days.now()
    own = list(schools_of(user))
    chosen = request.GET.get("school")
    if user.is_officer and not chosen:
        return redirect("staff-schools")
    if chosen:
        own = [each for each in own if each.urn == chosen]
    waiting = school_work.work_of(own, at=at)
    if request.method == "POST":
        ticked = {int(each) for each in request.POST.getlist("decision") if each.isdigit()}
        done = school_work.acknowledge(
            [each for each in waiting if each.pk in ticked], by=user, at=at
        )
        if done:
            messages.success(request, f"{done} acknowledged.")
        else:
            messages.warning(request, "Tick what you have entered into the school’s own system.")
        return redirect(request.get_full_path())
    page = Paginator(waiting, PER_PAGE).get_page(request.GET.get("page"))
    before = school_work.overdue_from(at)
    context = {
        "section": "school-work",
        "page": page,
        "rows": [(each, each.told_at < before) for each in page.object_list],  # type: ignore[attr-defined]
        "schools": own,
        "chosen": chosen,
        "days": settings.SCHOOL_WORKING_DAYS,
        "today": days.today(),
    }
    return render(request, "consent/schools/work.html", context)


@never_cache
@require_safe
@staff_only
def counts(request: HttpRequest, urn: str) -> HttpResponseBase:
    """What counts now for the school's pupils, or what changed since a day, as a CSV; logged."""
    user = staff_of(request)
    school = schools_of(user).filter(urn=urn).first()
    written = request.GET.get("since", "").strip()
    since: date | None = days.read_day(written) if written else None
    if school is None:
        raise Http404
    if written and since is None:
        messages.warning(request, "Write the day like 5/11/2026, the year with four digits.")
        return redirect("staff-school-work")
    at = days.now()
    downloaded(school, since, by=user, at=at)
    name = f"opt-outs-{urn}-{days.today().isoformat()}.csv"
    return StreamingHttpResponse(
        (line.encode() for line in as_csv(school, at=at, since=since)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@require_safe
@officers_only
def schools(request: HttpRequest) -> HttpResponseBase:
    """Which schools have not acknowledged what they were told, those overdue first."""
    context = {
        "section": "school-work",
        "waiting": school_work.waiting_by_school(at=days.now()),
        "days": settings.SCHOOL_WORKING_DAYS,
    }
    return render(request, "consent/schools/waiting.html", context)
