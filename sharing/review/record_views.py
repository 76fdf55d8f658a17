"""Officers' pages about what must be destroyed, what is held back, and overrides."""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.accounts.permissions import officers_only, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS, PER_PAGE
from privacy_portal.ground.ui.private_downloads import stored_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.disclosures import queries as disclosure_queries, sentences
from sharing.models import Disclosure, KeepingStep, OverrideStep
from sharing.review import destruction as keeping, overriding, restricting
from sharing.review.forms import DestroyedForm, LookForm, RestrictForm


@require_safe
@officers_only
def to_destroy(request: HttpRequest) -> HttpResponseBase:
    """What organisations must destroy: overdue first."""
    today = days.today()
    page = Paginator(keeping.outstanding(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "disclosures",
        "page": page,
        "today": today,
        "is_overdue": keeping.is_overdue,
        "no_date": sentences.to_destroy,
        "overdue": keeping.overdue(today).count(),
    }
    return render(request, "sharing/review/destruction.html", context)


@require_http_methods(FORM_METHODS)
@officers_only
@not_now_to("staff-disclosure", "entry")
def destroyed(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Records that the data of a disclosure is destroyed."""
    shown = found_disclosure(entry)
    form = DestroyedForm(
        request.POST or None,
        request.FILES or None,
        today=days.today(),
        earliest=shown.on,
        initial={"on": days.today()},
    )
    if request.method == "POST" and form.is_valid():
        keeping.destroyed(shown, **form.cleaned_data, by=staff_of(request), at=days.now())
        messages.success(request, "Noted: it is destroyed.")
        return redirect("staff-disclosure", entry)
    heading = "Record that it is destroyed"
    return _step_page(request, shown, form, heading)


@require_safe
@officers_only
def certificate(request: HttpRequest, entry: int) -> HttpResponseBase:
    """The certificate of destruction."""
    shown = found_disclosure(entry)
    step = shown.keeping_steps.filter(kind=KeepingStep.Kind.DESTROYED).first()
    if step is None:
        raise Http404
    return stored_file(partial(keeping.certificate_of, step), name=f"certificate-{entry}.pdf")


@require_http_methods(FORM_METHODS)
@officers_only
def restrict(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Holds a disclosure back from families' lists, or ends that."""
    shown = found_disclosure(entry)
    form = RestrictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        restricting.restrict(shown, **form.cleaned_data, by=staff_of(request), at=days.now())
        messages.success(request, "Noted.")
        return redirect("staff-disclosure", entry)
    return _step_page(request, shown, form, "Hold it back from the family’s list")


def _step_page(
    request: HttpRequest, shown: Disclosure, form: forms.Form, heading: str
) -> HttpResponseBase:
    context = {"section": "disclosures", "disclosure": shown, "form": form, "heading": heading}
    status = 422 if form.errors else 200
    return render(request, "sharing/review/step.html", context, status=status)


@require_POST
@officers_only
@not_now_to("staff-disclosure", "entry")
def look(request: HttpRequest, entry: int) -> HttpResponseBase:
    """A second officer confirms or contests an override."""
    shown = found_disclosure(entry)
    form = LookForm(request.POST)
    kind = request.POST.get("kind")
    override = getattr(shown, "override", None)
    if override is None or kind not in ("confirmed", "contested") or not form.is_valid():
        raise Http404
    overriding.look(
        override,
        OverrideStep.Kind(kind),
        note=form.cleaned_data["note"],
        by=staff_of(request),
        at=days.now(),
    )
    messages.success(request, "Noted.")
    return redirect("staff-disclosure", entry)


def found_disclosure(entry: int) -> Disclosure:
    """The disclosure of this entry. Raises Http404."""
    found = disclosure_queries.disclosure(entry)
    if found is None:
        raise Http404
    return found
