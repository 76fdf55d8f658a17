"""The pages that belong to no app: home, start pages, and whether the portal is up."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from consent.decisions.objecting import waiting_objections
from consent.decisions.opting_in import tellings_for
from consent.identities import proposing as merge_proposing
from consent.identities.same_children import questions_for
from consent.keying.keying import looks_for
from consent.queries import own_pupils, schemes, schools_of, waiting_for
from consent.roll.moving import moves_for, overdue_for, refusals_for
from consent.schools.work import overdue_schools, work_of
from notices.queries import late_reports, open_reports, waiting_versions
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import officers_only, staff_only
from privacy_portal.ground.limits import alarms
from privacy_portal.ground.mail.models import Message
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.stalled import beating, deaths
from privacy_portal.ground.tallying import tally
from privacy_portal.readiness import not_ready
from sharing.agreements import reminding as agreement_reminding
from sharing.disclosures.queries import not_signed_off
from sharing.releases import desk
from sharing.releases.queries import releases_waiting_for
from sharing.review import destruction as keeping, incidents, overriding
from sharing.review.recalling import due


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """What the service is for, with a start for each kind of user."""
    return render(request, "ui/home.html", {"schemes": schemes()})


@require_safe
@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "ui/accessibility.html")


@require_safe
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """What this website itself keeps about those who use it."""
    context = {
        "link_days": settings.SUBSCRIBE_LINK_DAYS,
        "unconfirmed_days": settings.CONFIRM_LINK_DAYS + settings.UNCONFIRMED_KEEP_DAYS,
        "report_years": settings.REPORT_KEEP_YEARS,
    }
    return render(request, "ui/privacy.html", context)


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready to serve: 200, or 503 with what is missing."""
    missing = not_ready()
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


@require_safe
@officers_only
def set_aside(request: HttpRequest) -> HttpResponseBase:
    """Jobs that ended two workers and are not run again by themselves, newest first."""
    page = Paginator(deaths.set_aside(), 50).get_page(request.GET.get("page"))
    return render(request, "ui/jobs.html", {"section": "staff", "page": page})


@require_safe
@staff_only
def staff_home(request: HttpRequest) -> HttpResponseBase:
    """What is waiting for this member of staff."""
    user = request.user
    assert isinstance(user, User)
    at = days.now()
    desk.expire_due(at=at)
    schools = [] if user.is_officer else list(schools_of(user))
    lists: dict[str, QuerySet[Any]] = {
        "waiting": waiting_for(user),
        "moves": moves_for(user),
        "moves_overdue": overdue_for(user, at=at),
        "refusals": refusals_for(user),
        "same_children": questions_for(user),
        "looks": looks_for(user),
        "tellings": tellings_for(own_pupils(user)),
    }
    if user.is_officer:
        lists |= {
            "incidents": incidents.open_incidents(),
            "undestroyed": keeping.overdue(days.day_of(at)),
            "undated": keeping.undated(),
            "recalls": due(days.day_of(at)),
            "merges": merge_proposing.waiting_for(user),
            "objections": waiting_objections(),
            "unsigned": not_signed_off(),
            "to_sign_off": not_signed_off().exclude(by=user),
            "jobs_set_aside": deaths.set_aside(),
            "mails_failed": Message.objects.failed(),
            "mails_overdue": Message.objects.overdue(at),
            "overdue": overdue_schools(at=at),
            "reports": open_reports(),
            "reports_late": late_reports(days.day_of(at)),
        }
    else:
        lists["work"] = work_of(schools, at=at)
    own = releases_waiting_for(user, at=at) if user.is_officer else None
    context = {
        "section": "staff",
        **tally(lists),
        "coming": waiting_versions(days.today()),
        "schools": schools,
        "own": own,
        "agreements": agreement_reminding.due(days.day_of(at))[:20] if user.is_officer else [],
        "overrides": list(overriding.waiting(user)[:20]) if user.is_officer else [],
        "alarms": [(each, alarms.sentence(each)) for each in alarms.recent(at)[:10]]
        if user.is_officer
        else [],
        "worker_silent": user.is_officer and not beating.worker_runs(),
        "example": settings.EXAMPLE,
        "move_days": settings.MOVE_DAYS,
    }
    return render(request, "ui/staff_home.html", context)
