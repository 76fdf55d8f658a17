"""The pages that belong to no app: home, start pages, and whether the portal is up."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from consent.queries import schemes, schools_of
from notices.models import Contact
from privacy_portal.cards import grouped
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import may_open, open_to, staff_of
from privacy_portal.ground.accounts.roles import in_order
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.stalled import deaths
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.environment import lower_first
from privacy_portal.ground.ui.pages import page_of
from privacy_portal.readiness import impaired, not_ready
from privacy_portal.start_page import cards

# Whoever reads the file later asks for it again: RFC 9116 wants less than a year.
SECURITY_TXT_HOLDS = timedelta(days=180)


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """Show what the service is for, with a start for each kind of user."""
    return render(request, "ui/home.html", {"schemes": schemes()})


@require_safe
@public_page
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement."""
    return render(request, "ui/accessibility.html")


@require_safe
@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what this website itself keeps about those who use it."""
    context = {
        "link_days": settings.SUBSCRIBE_LINK_DAYS,
        "unconfirmed_days": terms.number("confirm_link_days")
        + terms.number("unconfirmed_keep_days"),
        "report_years": terms.number("report_keep_years"),
        "cookies": {"session": settings.SESSION_COOKIE_NAME, "csrf": settings.CSRF_COOKIE_NAME},
    }
    return render(request, "ui/privacy.html", context)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a weakness of the portal (RFC 9116); 404 where nobody is named."""
    contact = settings.SECURITY_CONTACT or _officers_address()
    if not contact:
        raise Http404
    lines = [
        f"Contact: {contact}",
        f"Expires: {(days.now() + SECURITY_TXT_HOLDS).isoformat(timespec='seconds')}",
        "Preferred-Languages: en",
        f"Canonical: {request.build_absolute_uri(request.path)}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _officers_address() -> str:
    contact = Contact.objects.filter(kind=Contact.Kind.DPO).exclude(email="").first()
    return f"mailto:{contact.email}" if contact else ""


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is alive."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if ready to serve, or 503 with what is missing; and what is impaired, if anything."""
    missing = not_ready()
    answer: dict[str, object] = {"ready": not missing, "missing": missing}
    # Without uploads families still opt out: a server that is asked here must not be taken away.
    if limits := impaired():
        answer["impaired"] = limits
    return JsonResponse(answer, status=503 if missing else 200)


@require_safe
@open_to(Action.SEE_JOBS)
def set_aside(request: HttpRequest) -> HttpResponseBase:
    """List jobs that ended two workers and do not run again by themselves, newest first."""
    context = {"section": "staff", "page": page_of(request, deaths.set_aside())}
    return render(request, "ui/jobs.html", context)


# What people begin from the start page, each if they may.
STARTS = (
    ("staff-release-new", "Check an extract"),
    ("staff-record-given", "Record something shared"),
    ("staff-disclosures", "See the disclosure log"),
    ("staff-log", "Search the log of who did what"),
    ("staff-key", "Record a paper form or phone call"),
    ("staff-letters", "Print letters"),
    ("staff-opt-outs", "See online opt-outs"),
    ("staff-pupils", "Find a pupil"),
    ("staff-agreements", "See agreements"),
    ("staff-notices", "See privacy notices and their drafts"),
    ("staff-policy", "See the policy"),
    ("staff-people", "See who can sign in"),
    ("staff-person-add", "Add a person"),
)


@require_safe
@open_to(Action.USE_OWN_ACCOUNT)
def staff_home(request: HttpRequest) -> HttpResponseBase:
    """Show this member of staff their tasks, and what they can start."""
    user = staff_of(request)
    schools = [] if user.sees_every_school else list(schools_of(user))
    roles = [lower_first(role.label) for role in in_order(user.roles)]
    every = cards(user, schools, at=days.now())
    context = {
        "section": "staff",
        "caption": ", ".join([user.name, *roles, *(school.name for school in schools)]),
        "starts": [(name, text) for name, text in STARTS if may_open(user, name)],
        "tasks": grouped(every),
        "news": [card for card in every if not card.task],
    }
    return render(request, "ui/staff_home.html", context)
