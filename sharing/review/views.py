"""The log of disclosures, for officers' review: filtered, in words, signed off, as CSV."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from notices.queries import item_labels, notice_titles
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.log.downloads import log_download
from privacy_portal.ground.ui.keyset import keyset_page, without_place
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.private_downloads import private_csv
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.disclosures import queries as disclosure_queries
from sharing.models import Disclosure, KeepingStep
from sharing.review import destruction, orders, overriding, presenters, restricting, signing_off
from sharing.review.filters import DisclosureFilter
from sharing.review.forms import ReviewForm, SignOffForm
from sharing.review.record_views import get_disclosure

CSV_HEADINGS = (
    "Log entry", "Date", "Organisation", "Purpose", "Agreement", "Version", "Privacy notice",
    "Result", "Reasons", "Rows", "Rows in full", "Rows with basic details only", "Rows withheld",
    "Information", "Officer", "Approved by", "Organisation’s reference", "Date of request",
    "Method", "Shared or received", "Delete by", "Signed off by", "Signed off", "Sent",
    "What happened",
)  # fmt: skip


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def disclosures(request: HttpRequest) -> HttpResponseBase:
    """List what was shared or refused, newest first, as filtered."""
    log = DisclosureFilter(request.GET or None, Disclosure.objects.all())
    valid = not log.is_bound or log.is_valid()
    rows = log.qs if valid else Disclosure.objects.none()
    query = without_place(request.GET)
    context = {
        "section": "disclosures",
        "page": keyset_page(rows, orders.NEWEST, request.GET).loaded(
            disclosure_queries.disclosures()
        ),
        "entries": rows.count(),
        "form": log.bound,
        "query": query.urlencode(),
        "filtered": any(query.values()),
        "in_words": presenters.disclosure_line,
        "labels": item_labels(),
    }
    return render(request, "sharing/review/index.html", context, status=200 if valid else 422)


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def disclosures_csv(request: HttpRequest) -> HttpResponseBase:
    """Return the filtered log of disclosures as CSV; log the download."""
    log = DisclosureFilter(request.GET or None, disclosure_queries.disclosures())
    if log.is_bound and not log.is_valid():
        return redirect(f"{reverse('staff-disclosures')}?{request.GET.urlencode()}")
    labels = item_labels()
    disclosures = log.qs.iterator(chunk_size=1000)
    rows = (presenters.disclosure_cells(disclosure, labels) for disclosure in disclosures)
    log_download("disclosures", by=staff_of(request), at=days.now())
    return private_csv(CSV_HEADINGS, rows, name="disclosures.csv")


@require_http_methods(FORM_METHODS)
@open_to(Action.SEE_DISCLOSURES, change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def disclosure(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Show one entry with its reasons; another officer can sign it off."""
    disclosure = get_disclosure(entry)
    user = staff_of(request)
    form = SignOffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        signing_off.sign_off(disclosure, note=form.cleaned_data["note"], by=user, at=days.now())
        messages.success(request, "Signed off")
        return redirect("staff-disclosure", entry)
    labels = item_labels()
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    override = getattr(disclosure, "override", None)
    steps = list(disclosure.keeping_steps.select_related("by"))
    context = {
        "section": "disclosures",
        "disclosure": disclosure,
        "view": presenters.disclosure_in_words(
            disclosure,
            disclosure_queries.reason_counts(disclosure),
            labels,
            people=disclosure_queries.people_in(disclosure) if by_hand else (0, 0),
            notices=notice_titles(),
        ),
        "given": by_hand,
        "item_sets": [[labels.get(code, code) for code in codes] for codes in disclosure.item_sets],
        "late": disclosure_queries.late_pupils(disclosure),
        "form": form,
        "can_sign_off": may(user, Action.KEEP_DISCLOSURES)
        and allowed(signing_off.check_can_sign_off, disclosure, user),
        "steps": steps,
        "destroyed": any(step.kind == KeepingStep.Kind.DESTROYED for step in steps),
        "overdue": destruction.is_overdue(disclosure, days.today()),
        "tables": disclosure_queries.tables_of(disclosure),
        "override": override,
        "can_look": override is not None
        and may(user, Action.APPROVE)
        and allowed(overriding.check_can_review, override, user),
        "look_form": ReviewForm(),
        "restriction": restricting.in_force(disclosure, days.today()),
        "row_permissions": disclosure_queries.row_permissions(disclosure),
    }
    return render(request, "sharing/review/disclosure.html", context)
