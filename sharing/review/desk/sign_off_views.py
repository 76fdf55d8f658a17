"""Several disclosures are signed off at once: what was ticked is checked on a page, then signed off."""

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from notices.queries import item_labels
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.environment import count
from privacy_portal.ground.ui.forms import ids
from privacy_portal.ground.ui.methods import FORM_METHODS
from sharing.models import Disclosure
from sharing.review import presenters, signing_off
from sharing.review.desk.parameters import filters_of
from sharing.review.forms import SignOffForm


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_DISCLOSURES)
def sign_off(request: HttpRequest) -> HttpResponse:
    """Show what was ticked, and sign it off at the button; where something changed meanwhile, say what."""
    user = staff_of(request)
    sent = request.POST if request.method == "POST" else request.GET
    form = SignOffForm(request.POST if request.method == "POST" else None)
    changes: Sequence[str] = ()
    ready, others = _parted(ids(sent.getlist("entry")), user)
    if not ready and not others:
        messages.warning(request, "Select at least one entry to sign off.")
        return redirect(_list(sent))
    if request.method == "POST" and form.is_valid():
        try:
            done = signing_off.sign_off_all(
                _seen(request.POST), note=form.cleaned_data["note"], by=user, at=days.now()
            )
        except signing_off.ChangedMeanwhileError as error:
            changes = error.changes
        else:
            messages.success(request, f"{count(len(done), 'entry', 'entries')} signed off")
            return redirect(_list(sent))
        ready, others = _parted(ids(sent.getlist("entry")), user)
    context = {
        "section": "disclosures",
        "ready": ready,
        "others": others,
        "changes": changes,
        "form": form,
        "state_of": signing_off.state_of,
        "in_words": presenters.disclosure_line,
        "in_sample": presenters.sample_in_words,
        "warnings_of": presenters.warnings_of,
        "labels": item_labels(),
        "filters": filters_of(sent.get("filters", "")),
        "list": _list(sent),
    }
    status = 409 if changes else 422 if form.errors else 200
    return render(request, "sharing/review/sign_off.html", context, status=status)


def _seen(sent: QueryDict) -> dict[int, str]:
    """Return the state in which an officer saw each entry that they sign off, by the entry."""
    entries = ids(sent.getlist("entry"))[: signing_off.MOST]
    return {entry: sent.get(f"seen-{entry}", "") for entry in entries}


def _parted(
    entries: Iterable[int], user: User
) -> tuple[list[Disclosure], list[tuple[Disclosure, str]]]:
    """Return the disclosures that the user can sign off, and the others with the reason of each."""
    loaded = signing_off.with_state(list(entries)[: signing_off.MOST])
    reasons = [(disclosure, signing_off.why_not(disclosure, user)) for disclosure in loaded]
    ready = [disclosure for disclosure, reason in reasons if not reason]
    return ready, [(disclosure, reason) for disclosure, reason in reasons if reason]


def _list(sent: QueryDict) -> str:
    """Return the address of the list with the filters that were on when entries were ticked."""
    query = filters_of(sent.get("filters", ""))
    return f"{reverse('staff-disclosures')}{'?' if query else ''}{query}"
