"""The pages that belong to no app: home, start pages, and whether the portal is up."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from consent.keying import looks_for
from consent.moving import moves_for
from consent.objecting import waiting_objections
from consent.opting_in import tellings_for
from consent.queries import own_pupils, schemes, schools_of, waiting_for
from consent.school_work import overdue_schools, work_of
from notices.queries import reports_waiting, waiting_versions
from privacy_portal import days
from privacy_portal.accounts.models import User
from privacy_portal.accounts.permissions import staff_only
from privacy_portal.mail.queries import trouble
from privacy_portal.public_pages.caching import public_page
from privacy_portal.readiness import not_ready
from sharing import agreement_reminding, desk, incidents, keeping, overriding
from sharing.queries import ready_to_download, waiting_for_approval
from sharing.recalling import due


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
@staff_only
def staff_home(request: HttpRequest) -> HttpResponseBase:
    """What is waiting for this member of staff."""
    user = request.user
    assert isinstance(user, User)
    at = days.now()
    desk.expire_due(at=at)
    context = {
        "section": "staff",
        "coming": waiting_versions(days.today()),
        "waiting": waiting_for(user).count(),
        "work": work_of(schools_of(user), at=at).count() if not user.is_officer else 0,
        "moves": moves_for(user).count(),
        "looks": looks_for(user).count(),
        "tellings": tellings_for(own_pupils(user)).count(),
        "overdue": overdue_schools(at=at) if user.is_officer else 0,
        "schools": [] if user.is_officer else list(schools_of(user)),
        "approvals": list(waiting_for_approval(user)[:20]) if user.is_officer else [],
        "agreements": agreement_reminding.due(days.day_of(at))[:20] if user.is_officer else [],
        "incidents": incidents.open_incidents().count() if user.is_officer else 0,
        "overrides": list(overriding.waiting(user)[:20]) if user.is_officer else [],
        "undestroyed": keeping.overdue(days.day_of(at)).count() if user.is_officer else 0,
        "recalls": due(days.day_of(at)).count() if user.is_officer else 0,
        "objections": waiting_objections().count() if user.is_officer else 0,
        "reports": reports_waiting(days.today()) if user.is_officer else None,
        "mail_trouble": trouble(at) if user.is_officer else None,
        "example": settings.EXAMPLE,
        "downloads": list(ready_to_download(user)[:20]) if user.is_officer else [],
    }
    return render(request, "ui/staff_home.html", context)
