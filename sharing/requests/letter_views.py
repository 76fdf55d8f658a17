"""Officers' pages of the letters that answer a request for data."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from notices.queries import controller
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.models import DataRequestStep, RequestDetails
from sharing.requests import deciding, letters, queries, steps, words
from sharing.requests.decision_forms import MoreForm
from sharing.requests.views import get_details, page_context

Kind = DataRequestStep.Kind


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-request", "number")
def more(request: HttpRequest, number: int) -> HttpResponseBase:
    """Choose what to ask the asker for; it is recorded, and the letter says it."""
    details = get_details(number)
    steps.check_can_record(details.request, Kind.ASKED_MORE)
    form = MoreForm(
        posted(request), initial={"points": words.points_for(deciding.missing(details))}
    )
    if request.method == "POST" and form.is_valid():
        steps.record_step(
            details.request, Kind.ASKED_MORE, on=days.today(), note="",
            points=form.cleaned_data["points"], by=staff_of(request), at=days.now(),
        )  # fmt: skip
        messages.success(request, "Saved. Now send the letter.")
        return redirect("staff-request-letter", number, letters.LetterKind.MORE.value)
    context = page_context(details) | {"form": form, "heading": "Ask for more information"}
    return form_page(request, "sharing/requests/part.html", context)


@require_safe
@open_to(Action.DECIDE_CASES)
def letter(request: HttpRequest, number: int, kind: str) -> HttpResponseBase:
    """Show a letter as text to copy into an email, and as a PDF to download."""
    details = get_details(number)
    context = page_context(details) | {"letter": _letter(details, kind)}
    return render(request, "sharing/requests/letter.html", context)


@require_safe
@open_to(Action.DECIDE_CASES)
def pdf(request: HttpRequest, number: int, kind: str) -> HttpResponseBase:
    """Return a letter as a PDF; the download is logged."""
    details = get_details(number)
    context = {"letter": _letter(details, kind), "controller": controller()}
    steps.letter_taken(details.request, kind, by=staff_of(request), at=days.now())
    return pdf_response(
        request,
        "sharing/requests/letter_pdf.html",
        context,
        name=f"request-{number}-{kind}",
        keep=True,
    )


def _letter(details: RequestDetails, kind: str) -> letters.Letter:
    """Return the letter of this kind. Raises Http404 if it does not fit the request as it is."""
    decision = queries.standing_decision(details.request)
    if kind not in letters.kinds_for(decision):
        raise Http404
    points: list[str] = []
    if kind == letters.LetterKind.MORE:
        last = details.request.steps.filter(kind=Kind.ASKED_MORE).last()
        points = last.points if last else words.points_for(deciding.missing(details))
    return letters.letter(letters.LetterKind(kind), details, on=days.today(), points=tuple(points))
