"""Officers' pages about deletion, withholding from families, and overrides."""

from datetime import date
from functools import partial

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, other_parameters, page_from_both_ends
from privacy_portal.ground.ui.private_downloads import stored_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.disclosures import queries as disclosure_queries, sentences
from sharing.models import Disclosure, DueDeletion, KeepingStep, OverrideStep
from sharing.review import destruction, overriding, restricting
from sharing.review.forms import DestroyedForm, RestrictForm, ReviewForm


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def to_destroy(request: HttpRequest) -> HttpResponseBase:
    """List the data to delete: first without a date, then by date; or only what is overdue, or has no
    date."""
    today = days.today()
    rows, which = _due(request.GET.get("due", ""), today)
    # The page is looked up in the list alone, however long that is; then come its disclosures.
    page = page_from_both_ends(request, rows)
    numbers = [row.pk for row in page.object_list]
    page.object_list = list(destruction.outstanding().filter(pk__in=numbers))
    context = {
        "section": "disclosures",
        "page": page,
        "which": which,
        "query": other_parameters(request),
        "today": today,
        "is_overdue": destruction.is_overdue,
        "no_date": sentences.to_destroy,
        "overdue": destruction.due_before(today).count(),
    }
    return render(request, "sharing/review/destruction.html", context)


def _due(asked: str, today: date) -> tuple[QuerySet[DueDeletion], str]:
    """Return the data to delete that an address asks for, and which that is in words: `overdue`, `undated`,
    that of a month like `2026-11`, of those `before-2026-11` or `after-2026-11`, or without a word all. Raises
    Http404 for another."""
    if not asked:
        return destruction.due(), ""
    if asked == "overdue":
        return destruction.due_before(today), "overdue"
    if asked == "undated":
        return destruction.due_undated(), "without an agreed date"
    side, _, text = asked.partition("-")
    if side not in ("before", "after"):
        side, text = "in", asked
    month = days.read_day(f"{text}-01")
    if month is None or month.year not in days.YEARS or f"{month:%Y-%m}" != text:
        raise Http404
    rows = {
        "before": lambda: destruction.due_before(month),
        "in": lambda: destruction.due_in(month),
        "after": lambda: destruction.due_from(days.months_later(month, 1)),
    }[side]()
    return rows, f"to delete {side} {month:%B %Y}"


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def destroyed(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Record that the data of a disclosure is deleted."""
    disclosure = get_disclosure(entry)
    form = DestroyedForm(
        request.POST or None,
        files=request.FILES or None,
        today=days.today(),
        earliest=disclosure.on,
        initial={"on": days.today()},
    )
    if request.method == "POST" and form.is_valid():
        destruction.record_deletion(
            disclosure, **form.cleaned_data, by=staff_of(request), at=days.now()
        )
        messages.success(request, "Deletion recorded")
        return redirect("staff-disclosure", entry)
    return _step_page(request, disclosure, form, "Record deletion")


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def certificate(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Return the certificate of deletion."""
    disclosure = get_disclosure(entry)
    step = get_object_or_404(disclosure.keeping_steps, kind=KeepingStep.Kind.DESTROYED)
    return stored_file(partial(destruction.certificate_of, step), name=f"certificate-{entry}.pdf")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_DISCLOSURES)
def restrict(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Withhold a disclosure from families for a time, or stop withholding it."""
    disclosure = get_disclosure(entry)
    form = RestrictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        restricting.restrict(disclosure, **form.cleaned_data, by=staff_of(request), at=days.now())
        messages.success(request, "Saved")
        return redirect("staff-disclosure", entry)
    return _step_page(request, disclosure, form, "Withhold from families")


def _step_page(
    request: HttpRequest, disclosure: Disclosure, form: forms.Form, heading: str
) -> HttpResponseBase:
    context = {"form": form, "section": "disclosures", "disclosure": disclosure, "heading": heading}
    return form_page(request, "sharing/review/step.html", context)


@require_POST
@open_to(change=Action.APPROVE)
@not_now_to("staff-disclosure", "entry")
def review_override(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Agree or disagree with an override, as the second officer."""
    disclosure = get_disclosure(entry)
    form = ReviewForm(request.POST)
    kind = request.POST.get("kind")
    override = getattr(disclosure, "override", None)
    if override is None or kind not in ("confirmed", "contested") or not form.is_valid():
        raise Http404
    note, kind = form.cleaned_data["note"], OverrideStep.Kind(kind)
    overriding.review(override, kind, note=note, by=staff_of(request), at=days.now())
    messages.success(request, "Saved")
    return redirect("staff-disclosure", entry)


def get_disclosure(entry: int) -> Disclosure:
    """Return the disclosure of a log entry. Raise Http404 if there is none."""
    return get_object_or_404(disclosure_queries.disclosures(), entry=entry)
