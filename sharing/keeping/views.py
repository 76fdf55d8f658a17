"""Pages of what is kept how long, what is due to be erased, what was erased, and holds (R2)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions import histories
from consent.keeping import holding, records
from consent.keeping_rules import SENTENCES
from consent.models import ErasureWish, Hold, Pupil
from consent.queries import own_pupil
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError, allowed
from privacy_portal.ground.keeping.erasing import What
from privacy_portal.ground.row_counts import row_counts
from privacy_portal.ground.ui.keyset import keyset_page
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, page_of, posted
from sharing.keeping import queries, wishing
from sharing.keeping.due import Due, due_among
from sharing.keeping.forms import HoldEndForm, HoldForm, WishAnswerForm, WishForm
from sharing.keeping_register import KEEPING

SECTION = "policy"
View = Callable[..., HttpResponseBase]


def _not_now(view: View) -> View:
    """Lead back to the page about the pupil where something is not possible now, and say why; where the
    details have been erased meanwhile, to the list of what was."""

    @wraps(view)
    def wrapped(request: HttpRequest, reference: str, **more: object) -> HttpResponseBase:
        try:
            return view(request, reference=reference, **more)
        except (NotNowError, Http404) as error:
            not_found = isinstance(error, Http404)
            if (request.method == "POST" or not not_found) and _is_erased(reference):
                messages.warning(request, "These details have already been erased.")
                return redirect("staff-erased")
            if not_found:
                raise
            messages.warning(request, str(error))
            return redirect("staff-pupil-keeping", reference)

    return wrapped


def _is_erased(reference: str) -> bool:
    """Whether a pupil of this reference was there, whose details are gone; 1 query."""
    try:
        number = UUID(reference)
    except ValueError:
        return False
    return Pupil.objects.filter(reference__in=[number], erased_at__isnull=False).exists()


@require_safe
@open_to(Action.SEE_CASES)
def index(request: HttpRequest) -> HttpResponseBase:
    """Show what is kept how long, and how much is due, held and wished to be erased."""
    lists = queries.due_lists(days.now())
    numbers = row_counts({due.what: due.rows for due in lists})
    context = {
        "section": SECTION,
        "kept": KEEPING,
        "due": [(due, numbers[due.what]) for due in lists],
        "holds": records.held().count(),
        "wishes": records.open_wishes(),
        "user": staff_of(request),
    }
    return render(request, "sharing/keeping/index.html", context)


@require_safe
@open_to(Action.SEE_CASES)
def due(request: HttpRequest, what: str) -> HttpResponseBase:
    """List the things of one kind whose keeping time is over; pupils with what speaks against erasing them."""
    at = days.now()
    listed = queries.due_list(what, at)
    if listed is None:
        raise Http404
    page = keyset_page(listed.rows.order_by(), queries.BY_NUMBER, request.GET)
    pupils = _due_pupils(page.object_list, staff_of(request), at) if what == What.PUPIL else []
    context = {
        "section": SECTION, "listed": listed, "page": page, "number": listed.rows.count(),
        "pupils": pupils, "sentences": SENTENCES,
    }  # fmt: skip
    return render(request, "sharing/keeping/due.html", context)


def _due_pupils(pupils: list[Any], user: User, at: datetime) -> list[Due]:
    histories.log_listed(pupils, by=user, at=at)
    return due_among(pupils, on=days.day_of(at))


@require_safe
@open_to(Action.SEE_CASES)
def erased(request: HttpRequest) -> HttpResponseBase:
    """List what was erased when, naming nobody."""
    page = keyset_page(queries.erasures().order_by(), queries.NEWEST, request.GET)
    context = {
        "section": SECTION, "page": page, "rule_in_words": queries.rule_in_words,
        "who_in_words": queries.who_in_words,
    }  # fmt: skip
    return render(request, "sharing/keeping/erased.html", context)


@require_safe
@open_to(Action.SEE_CASES)
def holds(request: HttpRequest) -> HttpResponseBase:
    """List the pupils whose details are held, and why."""
    page = page_of(request, records.held())
    pupils = [hold.pupil for hold in page.object_list]
    histories.log_listed(pupils, by=staff_of(request), at=days.now())
    return render(request, "sharing/keeping/holds.html", {"section": SECTION, "page": page})


@require_safe
@open_to(Action.SEE_CASES)
def pupil(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Show when a pupil's details are erased, what speaks against it, and who held them; the view is logged."""
    user, at = staff_of(request), days.now()
    about = _pupil_of(user, reference)
    histories.log_look(about, by=user, at=at)
    (facts,) = due_among([about], on=days.day_of(at))
    context = {
        "section": "pupils", "pupil": about, "due": facts, "sentences": SENTENCES,
        "holds": holding.holds_of(about), "wishes": wishing.wishes_of(about), "user": user,
        "can_wish": allowed(partial(wishing.check_can_propose, at=at), about),
    }  # fmt: skip
    return render(request, "sharing/keeping/pupil.html", context)


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@_not_now
def hold(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Hold a pupil's details, so that they are not erased."""
    user = staff_of(request)
    about = _pupil_of(user, reference)
    form = HoldForm(posted(request))
    if form.is_valid():
        holding.hold(about, reason=form.cleaned_data["reason"], by=user, at=days.now())
        messages.success(request, "These details are kept until an officer ends the hold.")
        return redirect("staff-pupil-keeping", reference)
    return form_page(request, "sharing/keeping/hold.html", _form(about, form))


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@_not_now
def end_hold(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """End a hold, and say why."""
    user = staff_of(request)
    about = _pupil_of(user, reference)
    held: Hold = get_object_or_404(holding.holds_of(about), pk=number)
    holding.check_can_end(held)
    form = HoldEndForm(posted(request))
    if form.is_valid():
        holding.end(held, reason=form.cleaned_data["reason"], by=user, at=days.now())
        messages.success(request, "The hold has ended.")
        return redirect("staff-pupil-keeping", reference)
    return form_page(request, "sharing/keeping/end_hold.html", _form(about, form, held=held))


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@_not_now
def wish(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Ask another officer to erase a pupil's details before their time (Article 17)."""
    user, at = staff_of(request), days.now()
    about = _pupil_of(user, reference)
    wishing.check_can_propose(about, at=at)
    form = WishForm(posted(request))
    if form.is_valid():
        wishing.propose(about, reason=form.cleaned_data["reason"], by=user, at=at)
        messages.success(request, "Another officer has to agree. Until then nothing changes.")
        return redirect("staff-pupil-keeping", reference)
    ending = records.opt_outs_of(about, at=at)
    return form_page(request, "sharing/keeping/wish.html", _form(about, form, ending=ending))


@require_http_methods(FORM_METHODS)
@open_to(change=Action.DECIDE_CASES)
@_not_now
def answer(request: HttpRequest, reference: str, number: int) -> HttpResponseBase:
    """Answer another officer's wish to erase a pupil's details: with a yes they are gone."""
    user, at = staff_of(request), days.now()
    about = _pupil_of(user, reference)
    asked: ErasureWish = get_object_or_404(wishing.wishes_of(about), pk=number)
    wishing.check_can_answer(asked, user)
    form = WishAnswerForm(posted(request))
    if form.is_valid():
        agrees, note = form.cleaned_data["answer"] == "yes", form.cleaned_data["note"]
        wishing.answer(asked, agrees=agrees, note=note, by=user, at=at)
        if agrees:
            messages.success(request, "The details have been erased.")
            return redirect("staff-erased")
        messages.success(request, "Saved. The details are kept.")
        return redirect("staff-pupil-keeping", reference)
    more = {"wish": asked, "ending": records.opt_outs_of(about, at=at)}
    return form_page(request, "sharing/keeping/answer.html", _form(about, form, **more))


def _form(about: Pupil, form: Any, **more: object) -> dict[str, object]:
    return {"section": "pupils", "pupil": about, "form": form, **more}


def _pupil_of(user: User, reference: str) -> Pupil:
    found = own_pupil(user, reference)
    if found is None:
        raise Http404
    return found
