"""Officers' pages to record what was shared or received without a release.

A record can never be changed, so officers check it first. The answers travel with the page: nothing
is stored until it is recorded.
"""

from contextlib import suppress
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consent.decisions import histories
from consent.matching.searching import SearchResults, search
from consent.models import Pupil
from consent.queries import own_pupils, present_upn, pupils_by_upn
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from sharing.deciding import policy
from sharing.disclosures import after_the_fact, recording_presenters
from sharing.disclosures.recording_forms import GivenForm, ReceivedForm, RecordForm
from sharing.models import Disclosure

# The buttons: to find a pupil, to go back, and to record what was checked.
FIND, CHANGE, RECORD = "find", "change", "record"
NO_ANSWERS = ("csrfmiddlewaretoken", "press", "q", "add")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_DISCLOSURES)
def record_given(request: HttpRequest) -> HttpResponseBase:
    """Record what was shared by phone, letter or email, after a check."""
    user, press = staff_of(request), request.POST.get("press", "")
    if press in (FIND, CHANGE):
        answers = request.POST.copy()
        answers["upns"] = _with_ticked(answers, user)
        results = _search_results(request.POST.get("q", ""), user) if press == FIND else None
        return _form_page(request, _filled_in(GivenForm, answers), "given", results)
    form = GivenForm(request.POST or None, today=days.today())
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, "given")
    past = _past(form, user)
    if press != RECORD:
        pupils = pupils_by_upn(past.upns)
        histories.log_listed(list(pupils.values()), by=user, at=days.now())
        decision = after_the_fact.decide_ahead(past, at=days.now())
        to = after_the_fact.organisation_of(past)
        view = recording_presenters.past_in_words(form, past, pupils, decision, organisation=to)
        return _check_page(request, form, view)
    recorded = after_the_fact.record_disclosure(past, at=days.now())
    if recorded.out_of_line:
        messages.warning(
            request,
            "Recorded. This was not allowed, so we have opened an incident. "
            "You have 72 hours to tell the ICO if people are at risk.",
        )
        return redirect("staff-incident", recorded.incident.pk)
    return _recorded(request, recorded, "Recorded. This was allowed.")


@require_http_methods(FORM_METHODS)
@open_to(change=Action.KEEP_DISCLOSURES)
def record_received(request: HttpRequest) -> HttpResponseBase:
    """Record what an organisation sent to the council, after a check."""
    press = request.POST.get("press", "")
    if press == CHANGE:
        return _form_page(request, _filled_in(ReceivedForm, request.POST), "received")
    form = ReceivedForm(request.POST or None, today=days.today())
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, "received")
    try:
        receipt = _receipt(form, staff_of(request))
        if press != RECORD:
            after_the_fact.check_receipt(receipt)
            return _check_page(request, form, recording_presenters.receipt_in_words(form, receipt))
        recorded = after_the_fact.record_receipt(receipt, at=days.now())
    except NotNowError as error:
        form.add_error(None, str(error))
        return _form_page(request, form, "received")
    return _recorded(request, recorded, "Recorded")


def _recorded(request: HttpRequest, disclosure: Disclosure, said: str) -> HttpResponseBase:
    messages.success(request, said)
    return redirect("staff-disclosure", disclosure.entry)


def _form_page(
    request: HttpRequest, form: RecordForm, kind: str, results: SearchResults | None = None
) -> HttpResponseBase:
    context = {
        "form": form,
        "section": "disclosures",
        "kind": kind,
        "heading": recording_presenters.HEADINGS[kind],
        "found": results,
        "q": request.POST.get("q", ""),
    }
    return form_page(request, "sharing/disclosures/record.html", context)


def _check_page(
    request: HttpRequest, form: RecordForm, view: dict[str, object]
) -> HttpResponseBase:
    answers = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NO_ANSWERS
        for value in values
    ]
    if not form.cleaned_data.get("submission"):
        answers = [(name, value) for name, value in answers if name != "submission"]
        answers.append(("submission", str(uuid4())))
    context = {"section": "disclosures", "answers": answers, "view": view}
    return render(request, "sharing/disclosures/check.html", context)


def _past(form: GivenForm, user: User) -> after_the_fact.PastDisclosure:
    data = form.cleaned_data
    own = {name: data[name] for name in ("agreement", "recipient", "upns", "destroy_by")}
    return after_the_fact.PastDisclosure(
        **_answers(form), **own, unnamed=data["unnamed"] or 0, by=user
    )


def _receipt(form: ReceivedForm, user: User) -> after_the_fact.PastReceipt:
    version = policy.version_on(form.cleaned_data["agreement"], form.cleaned_data["on"])
    assert version is not None  # the form offers signed agreements, and those stay
    return after_the_fact.PastReceipt(**_answers(form), version=version, by=user)


def _answers(form: RecordForm) -> Cleaned:
    """Return the answers that both forms have, by the names in a record."""
    data = form.cleaned_data
    answers = {
        name: data[name] for name in ("purpose", "on", "means", "items", "note", "submission")
    }
    return answers | {"reference": data["request_reference"]}


def _filled_in(kind: type[RecordForm], answers: QueryDict) -> RecordForm:
    """Return the form with these answers and without errors, to go back to it."""
    initial: Cleaned = {}
    for name, field in kind.base_fields.items():
        if isinstance(field, DayField):
            initial[name] = [answers.get(f"{name}_{place}", "") for place in range(3)]
        elif isinstance(field, forms.MultipleChoiceField):
            initial[name] = answers.getlist(name)
        else:
            initial[name] = answers.get(name, "")
    return kind(initial=initial, today=days.today())


def _search_results(words: str, user: User) -> SearchResults | None:
    if not words.strip():
        return None
    results = search(own_pupils(user), " ".join(words.split())[:100])
    histories.log_listed(results.pupils, by=user, at=days.now())
    return results


def _with_ticked(answers: QueryDict, user: User) -> str:
    """Return the numbers in the form, with those of the pupils who were ticked in the search."""
    lines = answers.get("upns", "").strip().splitlines()
    ticked: list[Pupil] = list(own_pupils(user).filter(reference__in=_references(answers)))
    for pupil in ticked:
        number = present_upn(pupil)
        if number not in lines:
            lines.append(number)
    return "\n".join(lines)


def _references(answers: QueryDict) -> list[str]:
    references = []
    for reference in answers.getlist("add"):
        with suppress(ValueError):
            references.append(str(UUID(reference)))
    return references
