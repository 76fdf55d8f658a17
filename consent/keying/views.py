"""Keying papers and calls, second looks at them, scans, and contacts to be told."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.decisions import histories, opting_in
from consent.errors import DoubtfulError, RefusedError
from consent.keying import keying, scans
from consent.keying.forms import KeyingForm, LookForm
from consent.matching.searching import Found, search
from consent.matters import form_address, objectionable
from consent.models import Decision, Matter, Pupil
from consent.queries import (
    keyed_in,
    own_pupil,
    own_pupils,
    scan_for,
    schemes,
    schools_of,
    second_look_of,
)
from notices.queries import contact_of_council
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import staff_of, staff_only
from privacy_portal.ground.files.private_files import ChangedFileError
from privacy_portal.ground.ui.refusals import not_now_to

BATCH = "keying-batch"
# What the next paper of a pile most likely shares with the one before.
KEPT = ("scheme", "choice", "by", "channel", "received_on")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def key(request: HttpRequest) -> HttpResponseBase:
    """One paper or call after the other, with a running count."""
    user = staff_of(request)
    batch = request.session.get(BATCH, {"keyed": [], "kept": {}})
    today = days.today()
    asked_for = own_pupil(user, request.GET.get("pupil", "")) if request.method != "POST" else None
    form = KeyingForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
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
    found: Found | None = _found(user, _words(asked_for)) if asked_for else None
    if request.method == "POST":
        pupil = own_pupil(user, request.POST.get("pupil", ""))
        if "find" in request.POST or _only_looks(request):
            found = _found(user, request.POST.get("q", ""))
            form = _unbound(form)
        elif form.is_valid() and pupil and (decision := _key(form, pupil, user)):
            _remember(request, batch, form, decision)
            return redirect("staff-key")
        else:
            found = _found(user, request.POST["q"]) if request.POST.get("q") else None
            if pupil is None and found:
                form.add_error("pupil", "Find the pupil, check the date of birth and choose them")
    forms = [(each.title, form_address(each)) for each in form.matters.values()]
    context = {
        "section": "staff-opt-outs",
        "form": form,
        "doubt": form.doubt,
        "forms": forms,
        "found": found,
        "chosen": str(asked_for.reference) if asked_for else request.POST.get("pupil", ""),
        "count": len(batch["keyed"]),
        "last": list(keyed_in(batch["keyed"][-1:])),
        "schools": [] if user.is_officer else list(schools_of(user)),
    }
    bad = form.is_bound and form.errors
    return render(request, "consent/keying/key.html", context, status=422 if bad else 200)


@never_cache
@require_safe
@staff_only
def choices(request: HttpRequest) -> HttpResponseBase:
    """The pupils who fit what is being typed, as a part of the keying screen."""
    found = _found(staff_of(request), request.GET.get("q", ""))
    return render(request, "consent/keying/choices.html", {"found": found, "chosen": ""})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def batch(request: HttpRequest) -> HttpResponseBase:
    """All that was keyed in this batch, to compare with the pile; then a new one begins."""
    kept = request.session.get(BATCH, {"keyed": [], "kept": {}})
    if request.method == "POST":
        request.session.pop(BATCH, None)
        return redirect("staff-opt-outs")
    keyed = keyed_in(kept["keyed"])
    context = {"section": "staff-opt-outs", "keyed": keyed, "contact": contact_of_council()}
    return render(request, "consent/keying/batch.html", context)


@never_cache
@require_safe
@staff_only
def looks(request: HttpRequest) -> HttpResponseBase:
    """Keyed decisions that another member of staff keyed and this one may compare."""
    user = staff_of(request)
    context = {
        "section": "staff-opt-outs",
        "looks": keying.looks_for(user)[:100],
        "differing": keying.differing()[:100] if user.is_officer else [],
    }
    return render(request, "consent/keying/second_checks.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@not_now_to("staff-looks")
def look(request: HttpRequest, number: int) -> HttpResponseBase:
    """One keyed decision beside its paper."""
    user = staff_of(request)
    seen = keying.looks_for(user).filter(pk=number).first()
    if seen is None:
        raise Http404
    form = LookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        agrees = form.cleaned_data["agrees"] == "yes"
        keying.look(seen, agrees=agrees, note=form.cleaned_data["note"], by=user, at=days.now())
        messages.success(request, "Thank you. It is noted.")
        return redirect("staff-looks")
    histories.looked_at(seen.decision.pupil, by=user, at=days.now())
    context = {"section": "staff-opt-outs", "seen": seen, "form": form}
    return render(
        request, "consent/keying/second_check.html", context, status=422 if form.errors else 200
    )


@never_cache
@require_safe
@staff_only
def scan(request: HttpRequest, decision: int) -> HttpResponseBase:
    """The scan of a keyed decision, to open or keep; the look is logged."""
    user = staff_of(request)
    found = scan_for(user, decision)
    if found is None:
        raise Http404
    try:
        content = scans.content_of(found)
    except (FileNotFoundError, ChangedFileError) as error:
        raise Http404 from error
    histories.looked_at(found.decision.pupil, by=user, at=days.now())
    name = f"decision-{decision}.{scans.ENDINGS[found.content_type]}"
    return HttpResponse(
        content,
        content_type=found.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@never_cache
@require_safe
@staff_only
def tellings(request: HttpRequest) -> HttpResponseBase:
    """Contacts who must be told of an opt-in by letter, in person or by phone."""
    user = staff_of(request)
    waiting = opting_in.tellings_for(own_pupils(user))[:100]
    histories.listed([each.decision.pupil for each in waiting], by=user, at=days.now())
    return render(
        request, "consent/keying/to_tell.html", {"section": "staff-opt-outs", "tellings": waiting}
    )


@require_POST
@staff_only
@not_now_to("staff-tellings")
def told(request: HttpRequest, number: int) -> HttpResponseBase:
    """This contact was told."""
    user = staff_of(request)
    telling = opting_in.tellings_for(own_pupils(user)).filter(pk=number).first()
    if telling is None:
        messages.warning(request, "It is noted already that this person was told.")
        return redirect("staff-tellings")
    opting_in.told(telling, by=user, at=days.now())
    messages.success(request, f"It is noted that {telling.name} was told.")
    return redirect("staff-tellings")


def _words(pupil: Pupil) -> str:
    """What finds this pupil."""
    return f"{pupil.forename} {pupil.surname} {pupil.born:%d/%m/%Y}"


def _only_looks(request: HttpRequest) -> bool:
    """Enter was pressed in the search box of a form that is still empty."""
    others = ("pupil", "person_name", "signed_on")
    return bool(request.POST.get("q")) and not any(request.POST.get(name) for name in others)


def _matters(today: date) -> list[Matter]:
    """What a paper can be about: each scheme, and what can be objected to today."""
    return [each.matter for each in schemes()] + objectionable(today)


def _found(user: User, written: str) -> Found:
    found = search(own_pupils(user), " ".join(written.split())[:100])
    histories.listed(found.pupils, by=user, at=days.now())
    return found


def _unbound(form: KeyingForm) -> KeyingForm:
    """The form as it is filled in, without errors: somebody only looks for the pupil."""
    kept: Any = {name: form.data.get(name, "") for name in form.fields if name != "scan"}
    return KeyingForm(initial=kept, matters=list(form.matters.values()), today=form.today)


def _key(form: KeyingForm, pupil: Pupil, user: User) -> Decision | None:
    try:
        scan = form.cleaned_data["scan"]
        return keying.key(form.given(pupil), scan=scan, by=user, at=days.now())
    except DoubtfulError as error:
        form.doubt = error
        ask = "already recorded" if error.repeats else "an opt-out"
        form.add_error("all_the_same", f"Check whether this is {ask}")
    except RefusedError as error:
        form.add_error("by", str(error))
    return None


def _remember(
    request: HttpRequest, batch: dict[str, Any], form: KeyingForm, decision: Decision
) -> None:
    keyed = [*batch["keyed"], *([decision.pk] if decision.pk not in batch["keyed"] else [])]
    request.session[BATCH] = {
        "keyed": keyed[-500:],
        "kept": {name: form.data.get(name, "") for name in KEPT},
    }
    look = second_look_of(decision)
    again = f" {look.get_why_display()}." if look else ""
    what = decision.choice.capitalize()
    pupil = decision.pupil
    messages.success(
        request,
        f"{what} of {decision.person_name} for {pupil.forename} {pupil.surname} is kept.{again}",
    )
