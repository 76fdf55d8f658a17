"""Pages about protected pupils and pupils who have died (P)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories, opting_in
from consent.models import ProtectionReason, Pupil, Source
from consent.protection import looking, queries, recording
from consent.protection.forms import (
    AnswerForm,
    DeathForm,
    EndForm,
    LookForm,
    ProtectForm,
    WithdrawForm,
)
from consent.queries import decision_of, own_pupil
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.forms import ids
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 50


@require_safe
@open_to(Action.SEE_CHOICES)
def protection(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show whether a pupil is protected or has died, and how that came about; the view is logged."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    histories.log_look(pupil, by=user, at=days.now())
    endings = list(queries.endings_of(pupil))
    context = {
        "section": "pupils",
        "pupil": pupil,
        "protections": queries.protections_of(pupil),
        "endings": [
            (ending, allowed(recording.check_can_answer, ending, user)) for ending in endings
        ],
        "can_end": user.sees_every_school and allowed(recording.check_can_propose_ending, pupil),
        "deaths": queries.deaths_of(pupil),
        "looks": queries.looks_at(pupil) if user.looks_after_protected_records else [],
    }
    return render(request, "consent/protection/protection.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.RECORD_CHOICES)
@not_now_to("staff-protection", "reference")
def protect(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Protect a pupil: from now on nobody sees where they are (P1)."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    form = ProtectForm(posted(request), born=pupil.born, today=days.today())
    if form.is_valid():
        recording.protect(
            pupil,
            since=form.cleaned_data["since"],
            reason=ProtectionReason(form.cleaned_data["reason"]),
            source=Source.OFFICER if user.sees_every_school else Source.SCHOOL,
            by=user,
            at=days.now(),
        )
        messages.success(request, "This pupil is now protected.")
        return redirect("staff-protection", reference)
    context = {"section": "pupils", "pupil": pupil, "form": form}
    return form_page(request, "consent/protection/protect.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-protection", "reference")
def end(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Propose to end a pupil's protection; another officer has to agree (P1)."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    recording.check_can_propose_ending(pupil)
    form = EndForm(posted(request))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        recording.propose_ending(pupil, reason=reason, by=user, at=days.now())
        messages.success(request, "Another officer has to agree. Until then nothing changes.")
        return redirect("staff-protection", reference)
    context = {"section": "pupils", "pupil": pupil, "form": form}
    return form_page(request, "consent/protection/end.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-protection", "reference")
def answer(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Answer another officer's proposal to end a pupil's protection (P1)."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    ending = get_object_or_404(queries.endings_of(pupil), pk=number)
    recording.check_can_answer(ending, user)
    form = AnswerForm(posted(request))
    if form.is_valid():
        agrees, note = form.cleaned_data["answer"] == "yes", form.cleaned_data["note"]
        recording.answer_ending(ending, agrees=agrees, note=note, by=user, at=days.now())
        kept = "Saved. This pupil stays protected."
        messages.success(request, "The protection has ended." if agrees else kept)
        return redirect("staff-protection", reference)
    context = {"section": "pupils", "pupil": pupil, "ending": ending, "form": form}
    return form_page(request, "consent/protection/answer.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.SEE_PROTECTED_RECORDS)
def details(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show where one protected pupil is to an officer who says why; that is logged and told (P2)."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    if not looking.is_hidden(pupil):
        return redirect("staff-pupil", reference)
    form = LookForm(posted(request))
    context = {"section": "pupils", "pupil": pupil, "form": form}
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        seen = looking.look(pupil, reason=reason, by=user, at=days.now())
        return render(request, "consent/protection/details.html", {**context, "details": seen})
    return form_page(request, "consent/protection/look.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-protection", "reference")
def death(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Record that a pupil has died (P1, P6)."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    form = DeathForm(posted(request), born=pupil.born, today=days.today())
    if form.is_valid():
        died_on = form.cleaned_data["died_on"]
        recording.record_death(
            pupil, died_on=died_on, source=Source.OFFICER, by=user, at=days.now()
        )
        messages.success(request, "Saved. No letters or emails are sent about this pupil any more.")
        return redirect("staff-protection", reference)
    context = {"section": "pupils", "pupil": pupil, "form": form}
    return form_page(request, "consent/protection/death.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-protection", "reference")
def withdraw(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Say that a death was recorded by mistake."""
    user = staff_of(request)
    pupil = _pupil_of(user, reference)
    form = WithdrawForm(posted(request))
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        recording.withdraw_death(pupil, reason=reason, by=user, at=days.now())
        messages.success(request, "Saved. The death was recorded by mistake.")
        return redirect("staff-protection", reference)
    context = {"section": "pupils", "pupil": pupil, "form": form}
    return form_page(request, "consent/protection/withdraw.html", context)


@require_POST
@open_to(change=Action.DECIDE_CASES)
@not_now_to("staff-pupil", "reference")
def met(request: HttpRequest, reference: str, decision: int) -> HttpResponseBase:
    """Record that an officer met whoever opts in about a protected pupil (P4)."""
    user = staff_of(request)
    choice = decision_of(_pupil_of(user, reference), decision)
    if choice is None:
        raise Http404
    opting_in.record_meeting(choice, by=user, at=days.now())
    messages.success(request, "Saved: you met this person.")
    return redirect("staff-pupil", reference)


@require_safe
@open_to(Action.SEE_PROTECTED_RECORDS)
def protected(request: HttpRequest) -> HttpResponseBase:
    """List the protected pupils, by name and without where they are; log whom the page lists."""
    user = staff_of(request)
    page = Paginator(queries.protected_on_record(), PER_PAGE).get_page(request.GET.get("page"))
    histories.log_listed(list(page.object_list), by=user, at=days.now())
    context = {"section": "pupils", "page": page}
    return render(request, "consent/protection/protected.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CHOICES, change=Action.RECORD_CHOICES)
def news(request: HttpRequest) -> HttpResponseBase:
    """List who is newly protected, has died, or moved since the last letter; mark that as seen (P8)."""
    user, at = staff_of(request), days.now()
    unseen = queries.news_for(user)
    if request.method == "POST":
        if recording.mark_seen(
            unseen.filter(pk__in=ids(request.POST.getlist("news"))), by=user, at=at
        ):
            messages.success(request, "Marked as seen.")
        else:
            messages.warning(request, "Select what you have seen.")
        return redirect("staff-pupil-news")
    page = Paginator(unseen, PER_PAGE).get_page(request.GET.get("page"))
    histories.log_listed([row.pupil for row in page.object_list], by=user, at=at)
    context = {"section": "pupils", "page": page}
    return render(request, "consent/protection/news.html", context)


def _pupil_of(user: User, reference: str) -> Pupil:
    pupil = own_pupil(user, reference)
    if pupil is None:
        raise Http404
    return pupil
