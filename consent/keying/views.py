"""Pages to record paper forms and phone calls, check them a second time, and tell contacts."""

from datetime import date
from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories, opting_in
from consent.errors import DoubtfulError, RefusedError
from consent.keying import keying, scans
from consent.keying.forms import KeyingForm, LookForm
from consent.matching.searching import SearchResults
from consent.matching.views import find_pupils
from consent.matter_lookup import form_address, objectionable_matters
from consent.models import Decision, Matter, Pupil
from consent.protection_lookup import may_open_scans
from consent.queries import (
    decisions_by_id,
    own_pupil,
    own_pupils,
    scan_for,
    schemes,
    schools_of,
)
from notices.queries import contact_of_council
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.pages import form_page, page_of, posted
from privacy_portal.ground.ui.private_downloads import stored_file
from privacy_portal.ground.ui.refusals import not_now_to

BATCH = "keying-batch"
SCAN_HIDDEN = (
    "The scan may show where this pupil lives. An officer for protected records can open it."
)
# What the next form of a pile most likely shares with the one before.
# The choice is none of them: an opt-in must never be recorded because the form before was one.
REPEATED = ("scheme", "by", "channel", "received_on")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.RECORD_CHOICES)
def key(request: HttpRequest) -> HttpResponseBase:
    """Record one paper form or phone call after the other, with a running count."""
    user = staff_of(request)
    batch = request.session.get(BATCH, {"keyed": [], "kept": {}})
    today = days.today()
    asked_for = own_pupil(user, request.GET.get("pupil", "")) if request.method != "POST" else None
    form = KeyingForm(
        posted(request),
        files=request.FILES if request.method == "POST" else None,
        matters=_matters(today),
        today=today,
        initial={
            "submission": uuid4(),
            "choice": "opt-out",
            "by": "parent",
            "channel": "paper",
            "received_on": f"{today:%d/%m/%Y}",
            **batch["kept"],
            "q": _words(asked_for) if asked_for else "",
        },
    )
    results: SearchResults | None = find_pupils(user, _words(asked_for)) if asked_for else None
    if request.method == "POST":
        pupil = own_pupil(user, request.POST.get("pupil", ""))
        if "find" in request.POST or _is_search(request):
            results = find_pupils(user, request.POST.get("q", ""))
            form = _unbound(form)
        elif form.is_valid() and pupil and (decision := _key(form, pupil, user)):
            _remember(request, batch, form, decision)
            return redirect("staff-key")
        else:
            results = find_pupils(user, request.POST["q"]) if request.POST.get("q") else None
            if pupil is None and results:
                form.add_error("pupil", "Find and select the pupil")
    forms = [(matter.title, form_address(matter)) for matter in form.matters.values()]
    context = {
        "section": "staff-opt-outs",
        "form": form,
        "doubt": form.doubt,
        "forms": forms,
        "results": results,
        "chosen": str(asked_for.reference) if asked_for else request.POST.get("pupil", ""),
        "count": len(batch["keyed"]),
        "last": list(decisions_by_id(batch["keyed"][-1:])),
        "schools": [] if user.sees_every_school else list(schools_of(user)),
    }
    return form_page(request, "consent/keying/key.html", context)


@require_safe
@open_to(Action.SEE_CHOICES)
def choices(request: HttpRequest) -> HttpResponseBase:
    """Return the pupils who match what is being typed, as a fragment of the recording page."""
    results = find_pupils(staff_of(request), request.GET.get("q", ""))
    return render(request, "consent/keying/choices.html", {"results": results, "chosen": ""})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.RECORD_CHOICES)
def batch(request: HttpRequest) -> HttpResponseBase:
    """List what was recorded in this batch, to count the forms; POST finishes the batch."""
    session = request.session.get(BATCH, {"keyed": [], "kept": {}})
    if request.method == "POST":
        request.session.pop(BATCH, None)
        return redirect("staff-opt-outs")
    decisions = decisions_by_id(session["keyed"])
    context = {"section": "staff-opt-outs", "decisions": decisions, "contact": contact_of_council()}
    return render(request, "consent/keying/batch.html", context)


@require_safe
@open_to(Action.SEE_CHOICES)
def looks(request: HttpRequest) -> HttpResponseBase:
    """List the decisions that this member of staff may check a second time."""
    user = staff_of(request)
    context = {
        "section": "staff-opt-outs",
        "page": page_of(request, keying.checks_for(user)),
        "differing": keying.failed_checks()[:100] if user.sees_every_school else [],
    }
    return render(request, "consent/keying/second_checks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Action.SEE_CHOICES, change=Action.RECORD_CHOICES)
@not_now_to("staff-looks")
def look(request: HttpRequest, number: int) -> HttpResponseBase:
    """Check a recorded decision against its paper form."""
    user = staff_of(request)
    check = keying.checks_for(user).filter(pk=number).first()
    if check is None:
        raise Http404
    form = LookForm(posted(request))
    if form.is_valid():
        agrees = form.cleaned_data["agrees"] == "yes"
        keying.look(check, agrees=agrees, note=form.cleaned_data["note"], by=user, at=days.now())
        messages.success(request, "Check saved.")
        return redirect("staff-looks")
    histories.log_look(check.decision.pupil, by=user, at=days.now())
    context = {"section": "staff-opt-outs", "check": check, "form": form}
    return form_page(request, "consent/keying/second_check.html", context)


@require_safe
@open_to(Action.SEE_CHOICES)
def scan(request: HttpRequest, decision: int) -> HttpResponseBase:
    """Return the scan of a recorded decision; log the look."""
    user = staff_of(request)
    image = scan_for(user, decision)
    if image is None:
        raise Http404
    at, pupil = days.now(), image.decision.pupil
    if not may_open_scans(user, pupil, at=at):
        messages.warning(request, SCAN_HIDDEN)
        return redirect("staff-pupil", pupil.reference)
    name = f"decision-{decision}.{scans.ENDINGS[image.content_type]}"
    response = stored_file(
        partial(scans.content_of, image), name=name, content_type=image.content_type
    )
    histories.log_look(pupil, by=user, at=at)
    return response


@require_safe
@open_to(Action.SEE_CHOICES)
def to_tell(request: HttpRequest) -> HttpResponseBase:
    """List the contacts to tell about an opt-in by letter, by phone or in person."""
    user = staff_of(request)
    page = page_of(request, opting_in.tellings_for(own_pupils(user)))
    pupils = [telling.decision.pupil for telling in page.object_list]
    histories.log_listed(pupils, by=user, at=days.now())
    context = {"section": "staff-opt-outs", "page": page}
    return render(request, "consent/keying/to_tell.html", context)


@require_POST
@open_to(change=Action.RECORD_CHOICES)
@not_now_to("staff-tellings")
def mark_told(request: HttpRequest, number: int) -> HttpResponseBase:
    """Mark a contact as told."""
    user = staff_of(request)
    telling = opting_in.tellings_for(own_pupils(user)).filter(pk=number).first()
    if telling is None:
        messages.warning(request, "This person is already marked as told.")
        return redirect("staff-tellings")
    opting_in.mark_told(telling, by=user, at=days.now())
    messages.success(request, f"{telling.name} marked as told.")
    return redirect("staff-tellings")


def _words(pupil: Pupil) -> str:
    """Return words that find this pupil."""
    return f"{pupil.forename} {pupil.surname} {pupil.born:%d/%m/%Y}"


def _is_search(request: HttpRequest) -> bool:
    """Return whether Enter was pressed in the search box of a form that is still empty."""
    others = ("pupil", "person_name", "signed_on")
    return bool(request.POST.get("q")) and not any(request.POST.get(name) for name in others)


def _matters(today: date) -> list[Matter]:
    """Return what a form can be about: each scheme, and what can be objected to today."""
    return [scheme.matter for scheme in schemes()] + objectionable_matters(today)


def _unbound(form: KeyingForm) -> KeyingForm:
    """Return the form as it is filled in, without errors, while staff search for the pupil."""
    values: Cleaned = {name: form.data.get(name, "") for name in form.fields if name != "scan"}
    return KeyingForm(initial=values, matters=list(form.matters.values()), today=form.today)


def _key(form: KeyingForm, pupil: Pupil, user: User) -> Decision | None:
    try:
        return keying.key(
            form.decision(pupil),
            scan=form.cleaned_data["scan"],
            all_the_same=form.cleaned_data["all_the_same"],
            by=user,
            at=days.now(),
        )
    except DoubtfulError as error:
        form.doubt = error
        ask = "already recorded" if error.repeats else "an opt-out"
        form.add_error("all_the_same", f"Check whether this is {ask}")
    except RefusedError as error:
        form.add_error("by", str(error))
    return None


def _remember(request: HttpRequest, batch: Cleaned, form: KeyingForm, decision: Decision) -> None:
    keyed = [*batch["keyed"], *([decision.pk] if decision.pk not in batch["keyed"] else [])]
    request.session[BATCH] = {
        "keyed": keyed[-500:],
        "kept": {name: form.data.get(name, "") for name in REPEATED},
    }
    check = " A colleague will check this one." if hasattr(decision, "second_look") else ""
    pupil = f"{decision.pupil.forename} {decision.pupil.surname}"
    messages.success(
        request, f"Saved: {decision.choice} for {pupil} by {decision.person_name}.{check}"
    )
