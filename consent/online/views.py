"""The pages of an online opt-out or objection: questions, check of answers, confirmation, receipt.

OnlineAnswers are in the session only until they are sent, or until the pupil turns out to be too young to
choose: then nothing of them is kept (C1). The sender is told the same, in the same time, whether or
not a pupil was found (C7).
"""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from consent import rules
from consent.errors import LinkExpiredError, TooYoungError
from consent.matter_lookup import (
    check_address,
    form_address,
    objection_matter,
    objectionable_matters,
    objections_by_scheme,
    scheme_matter,
    sharing_in_words,
    step_address,
)
from consent.models import Matter, OptOutRequest
from consent.online import requesting
from consent.online.forms import (
    NO_SCHOOL,
    OTHER_SCHOOL,
    BornForm,
    SchoolForm,
    Step,
    asked_about,
    decided_by,
)
from consent.online.proofs import has_proof, proof_file
from consent.online.receipt_json import as_json
from consent.online.receipts import Receipt, receipt_of
from consent.online.requesting import OnlineAnswers
from consent.online.sent_views import FORMS, SENT
from consent.queries import notice_to_read, open_schools, scheme_facts, schemes, schools
from consent.scheme_words import child_in_words, law_in_words, supply_in_words
from notices.queries import controller
from privacy_portal.ground import days
from privacy_portal.ground.limits.answer_time import no_sooner_than
from privacy_portal.ground.limits.pacing import held_back
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.public_pages.caching import public_page
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.form_arguments import Cleaned, Data
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.pdf import pdf_response
from privacy_portal.ground.ui.questions import Journey, Question


@require_safe
@public_page
def start(request: HttpRequest) -> HttpResponse:
    """List what people can opt out of or object to, and what that does."""
    listed = list(schemes().prefetch_related("basic_items__item", "purposes__purpose"))
    to_basics, others = objections_by_scheme(listed, objectionable_matters(days.today()))
    context = {
        "section": "opt-out",
        "schemes": listed,
        "sharing_in_words": sharing_in_words,
        "supply_in_words": supply_in_words,
        "law_in_words": law_in_words,
        "child_in_words": child_in_words,
        "to_basics": to_basics,
        "objectionable": others,
        "step_address": step_address,
        "form_address": form_address,
    }
    return render(request, "consent/online/start.html", context)


@require_safe
def form(request: HttpRequest, **about: str) -> HttpResponse:
    """Return the blank paper form; `?school=` with a URN fills in the school’s name."""
    matter = _matter(**about)
    school = schools().filter(urn=request.GET.get("school", "")).first()
    version = notice_to_read(days.today())
    scheme = matter.scheme
    basics = [row.item for row in scheme.basic_items.all()] if scheme else []
    context = {
        "matter": matter,
        "scheme": scheme,
        "basics": basics,
        "supply": supply_in_words(scheme, basics=bool(basics)) if scheme else "",
        "child": child_in_words(scheme) if scheme else "",
        "law": law_in_words(scheme) if scheme else "",
        "school": school,
        "controller": controller(),
        "notice": address(reverse("notice", args=[version.notice.slug])) if version else "",
    }
    name = f"{matter.key.replace('/', '-')}-form"
    return pdf_response(
        request, "consent/online/paper_form.html", context, name=name, styles="letter"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str, **about: str) -> HttpResponse:
    """Ask one question; afterwards the next open one, or the check of all answers."""
    matter = _matter(**about)
    journey = asked_about(request.session, matter)
    kind = journey.questions.get(step)
    if kind is None and step != "who":
        raise Http404
    if kind is None or journey.skips(step):
        return redirect(step_address(matter, journey.open() or journey.names()[0]))
    data = posted(request)
    form = _form(kind, data, journey, matter, step)
    if data is None or not form.is_valid():
        return _question(request, form, matter, journey)
    values = form.values()
    if step == "who" and values != journey.answers.get("who"):
        for later in ("date-of-birth", "contact"):
            journey.answers.pop(later, None)
    if step == "date-of-birth" and not _may_decide(matter, journey, values["born"]):
        return _too_young(request, matter, journey)
    journey.keep(step, values)
    following = journey.open()
    return redirect(step_address(matter, following) if following else check_address(matter))


@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request: HttpRequest, **about: str) -> HttpResponse:
    """Show all answers to be checked; sending them stores them before the page says so."""
    matter = _matter(**about)
    journey = asked_about(request.session, matter)
    if not journey.answers:
        return redirect("opt-out-sent" if SENT in request.session else "opt-out")
    if missing := journey.open():
        return redirect(step_address(matter, missing))
    answers = _answers(journey.answers)
    if request.method != "POST":
        context = {
            "section": "opt-out", "matter": matter, "answers": answers,
            "steps": {name: step_address(matter, name) for name in journey.questions},
        }  # fmt: skip
        return render(request, "consent/online/check.html", context)
    at = days.now()
    back, form = check_address(matter), form_address(matter)
    if page := held_back(request, FORMS, at=at, back=back, form=form):
        return page
    try:
        reference = requesting.receive(matter, answers, submission=journey.submission, at=at)
    except TooYoungError:
        return _too_young(request, matter, journey)
    journey.drop()
    request.session[SENT] = {"reference": reference, "email": answers.email, "noun": matter.noun}
    return redirect("opt-out-sent")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link confirms, and the button that confirms it."""
    try:
        if request.method == "POST":
            with no_sooner_than(settings.CONFIRM_SECONDS):
                requesting.confirm(token, at=days.now())
            return redirect("opt-out-receipt", token)
        sent = requesting.sent_by(token, at=days.now())
        if isinstance(sent, OptOutRequest):  # confirmed already
            return redirect("opt-out-receipt", token)
    except LinkExpiredError:
        return _expired(request)
    context = {"section": "opt-out", "sent": sent}
    return render(request, "consent/online/confirm.html", context)


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show the receipt: reference number, what happens next, what is still shared, how to change it."""
    try:
        details = _receipt(token)
    except LinkExpiredError:
        return _expired(request)
    context = {
        "section": "opt-out",
        "receipt": details,
        "token": token,
        "matching_days": terms.number("matching_working_days"),
    }
    return render(request, "consent/online/receipt.html", context)


@require_safe
def receipt_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Return the receipt as a PDF."""
    try:
        details = _receipt(token)
    except LinkExpiredError:
        return _expired(request)
    context = {
        "receipt": details,
        "council": details.council,
        "status_address": address(reverse("opt-out-status")),
    }
    name = f"opt-out-{details.request.reference}"
    return pdf_response(request, "consent/online/receipt_pdf.html", context, name=name)


@require_safe
def receipt_json(request: HttpRequest, token: str) -> HttpResponse:
    """Return the receipt as JSON (ISO/IEC TS 27560 in terms of the W3C’s DPV)."""
    try:
        details = _receipt(token)
    except LinkExpiredError:
        return JsonResponse(
            {
                "error": "We cannot find this receipt. Check that you opened the full link from the email."
            },
            status=410,
        )
    return JsonResponse(as_json(details), json_dumps_params={"indent": 2, "ensure_ascii": False})


@require_safe
def receipt_proof(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the proof that the form is in the log, or say when it will be there (L3a)."""
    try:
        sent = requesting.received_by(token)
    except LinkExpiredError:
        return _expired(request)
    if not has_proof(sent):
        raise Http404
    context = {"section": "opt-out", "token": token}
    return proof_file(sent) or render(
        request, "consent/online/proof_later.html", context, status=202
    )


def _receipt(token: str) -> Receipt:
    return receipt_of(requesting.received_by(token))


def _expired(request: HttpRequest) -> HttpResponse:
    context = {"section": "opt-out", "days": terms.number("confirm_link_days")}
    return render(request, "consent/online/expired.html", context, status=410)


def _question(request: HttpRequest, form: Step, matter: Matter, journey: Journey) -> HttpResponse:
    """Show a question; from one that is changed, “Back” leads to the check of all answers."""
    back = journey.before(
        next(name for name, kind in journey.questions.items() if type(form) is kind)
    )
    leads = step_address(matter, back) if back else reverse("opt-out")
    context = {
        "section": "opt-out",
        "form": form,
        "matter": matter,
        "back": leads if journey.open() else check_address(matter),
    }
    return form_page(request, "consent/online/step.html", context)


def _form(kind: type[Question], data: Data, journey: Journey, matter: Matter, step: str) -> Step:
    more: Cleaned = {"matter": matter}
    if kind is BornForm:
        more["today"] = days.today()
    if kind is SchoolForm:
        more["schools"] = list(open_schools(days.today()))
    initial = journey.answers.get(step)
    form = kind(data, initial=initial, answers=journey.answers, **more)
    assert isinstance(form, Step)
    return form


def _matter(*, scheme: str = "", recipient: str = "", purpose: str = "") -> Matter:
    """Return the matter of an address: a scheme, or sharing that can be objected to today."""
    matter = scheme_matter(scheme) if scheme else objection_matter(recipient, purpose, days.today())
    if matter is None:
        raise Http404
    return matter


def _may_decide(matter: Matter, journey: Journey, born: str) -> bool:
    if matter.scheme is None:
        return True
    by = decided_by(journey.answers)
    facts = scheme_facts(matter.scheme)
    return rules.may_decide(facts, by, date.fromisoformat(born), days.today())


def _too_young(request: HttpRequest, matter: Matter, journey: Journey) -> HttpResponse:
    """Ask for a parent (C1), and keep nothing of the attempt."""
    journey.drop()
    context = {"section": "opt-out", "scheme": matter.scheme}
    return render(request, "consent/online/too_young.html", context)


def _answers(answers: Cleaned) -> OnlineAnswers:
    urn = answers["school"]["school"]
    school = None if urn in (OTHER_SCHOOL, NO_SCHOOL) else schools().filter(urn=urn).first()
    contact, name = answers["contact"], answers["name"]
    return OnlineAnswers(
        by=decided_by(answers),
        surname=name["surname"],
        forename=name["forename"],
        born=date.fromisoformat(answers["date-of-birth"]["born"]),
        school=school,
        other_school="" if school else answers["school"]["other_school"] or urn,
        person_name=contact.get("person_name") or f"{name['forename']} {name['surname']}",
        relation=contact.get("relation", ""),
        email=contact["email"],
        phone=contact["phone"],
        grounds=answers.get("why", {}).get("grounds", ""),
    )
