"""The pages to use the code on a letter: they show nothing about the pupil, before or after."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from consent.errors import RefusedError
from consent.letters import codes
from consent.letters.codes import TooManyGuessesError, WrongCodeError
from consent.models import LetterCode
from consent.online import with_code
from consent.online.code_forms import OFFER, QUESTIONS, CodeForm, opts_in
from consent.rules import Choice, DecidedBy, Refusal
from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import client_of
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.errors import too_many
from privacy_portal.ground.ui.pages import form_page, posted
from privacy_portal.ground.ui.questions import Journey, Question

CODE = "opt-out-code"
ANSWERS = "opt-out-code-answers"
WRONG = (
    "We do not recognise this code. Check your letter and try again. You can only use a code once, "
    "and it runs out after {} days."
)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the code on the letter."""
    form = CodeForm(posted(request))
    if form.is_valid():
        at = days.now()
        try:
            code = codes.check(form.cleaned_data["code"], client=client_of(request), at=at)
        except TooManyGuessesError:
            return too_many(request)
        except WrongCodeError:
            form.add_error("code", WRONG.format(terms.number("code_days")))
        else:
            request.session.cycle_key()
            request.session[CODE] = code.pk
            journey = _journey(request)
            journey.drop()
            parents_only = code.scheme.self_age is None
            offer = {"opt_in": with_code.may_opt_in(code), "parents_only": parents_only}
            journey.keep(OFFER, offer)
            return redirect("opt-out-code-step", journey.open())
    context = {"section": "opt-out", "form": form}
    return form_page(request, "consent/online/code.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    """Ask one question; afterwards the next open one, or the check of all answers."""
    if step not in QUESTIONS:
        raise Http404
    code, journey = _code(request), _journey(request)
    if code is None or OFFER not in journey.answers:
        return redirect("opt-out-code")
    if step not in journey.names() or journey.skips(step):
        return redirect("opt-out-code-step", journey.open() or journey.names()[0])
    data = posted(request)
    form = QUESTIONS[step](data, initial=journey.answers.get(step), answers=journey.answers)
    if data is None or not form.is_valid():
        return _question(request, form, code, journey.before(step))
    values = form.values()
    if values != journey.answers.get(step):
        for later in list(QUESTIONS)[list(QUESTIONS).index(step) + 1 :]:
            journey.answers.pop(later, None)
    journey.keep(step, values)
    following = journey.open()
    return redirect("opt-out-code-step", following) if following else redirect("opt-out-code-check")


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Show all answers to be checked; sending them uses the code up before the page says so."""
    code, journey = _code(request), _journey(request)
    if code is None or OFFER not in journey.answers:
        return redirect("opt-out-code")
    if missing := journey.open():
        return redirect("opt-out-code-step", missing)
    name = journey.answers["name"]
    answers = with_code.CodeAnswers(
        choice=Choice.OPT_IN if opts_in(journey.answers) else Choice.OPT_OUT,
        by=DecidedBy(journey.answers.get("who", {}).get("by", DecidedBy.PARENT)),
        person_name=name.get("person_name", ""),
        relation=name.get("relation", ""),
        email=name["email"],
    )
    if request.method != "POST":
        context = {
            "section": "opt-out",
            "answers": answers,
            "choice": code.scheme.matter.choice_in_words(answers.choice),
            "caption": _caption(code, journey),
            "steps": {name: _address(name) for name in journey.names()},
        }
        return render(request, "consent/online/code_check.html", context)
    try:
        _, token = with_code.decide(code.pk, answers, submission=journey.submission, at=days.now())
    except RefusedError as error:
        return _refused(request, code, error.refusal)
    except with_code.NoOptInError:
        return _refused(request, code, None)
    except WrongCodeError:
        return redirect("opt-out-code")
    journey.drop()
    del request.session[CODE]
    return redirect("opt-out-receipt", token)


def _refused(request: HttpRequest, code: LetterCode, refusal: Refusal | None) -> HttpResponse:
    """Refuse without keeping anything (C1), or saying anything about the pupil (C7)."""
    _journey(request).drop()
    context = {"section": "opt-out", "scheme": code.scheme}
    if refusal in (Refusal.TOO_YOUNG, Refusal.PARENTS_ONLY):
        return render(request, "consent/online/too_young.html", context)
    return render(request, "consent/online/code_refused.html", context)


def _question(
    request: HttpRequest, form: Question, code: LetterCode, before: str | None
) -> HttpResponse:
    """Show a question; from one that is changed, “Back” leads to the check of all answers."""
    journey = _journey(request)
    back = _address(before) if before else reverse("opt-out-code")
    context = {
        "section": "opt-out",
        "form": form,
        "caption": _caption(code, journey),
        "back_to": back if journey.open() else reverse("opt-out-code-check"),
    }
    return form_page(request, "consent/online/code_step.html", context)


def _address(step: str) -> str:
    return reverse("opt-out-code-step", args=[step])


def _caption(code: LetterCode, journey: Journey) -> str:
    """Return the opt-out's title, its opposite for an opt-in, and neither before the choice."""
    if opts_in(journey.answers):
        return code.scheme.sharing_title
    offered = journey.answers.get(OFFER, {}).get("opt_in")
    if offered and "choice" not in journey.answers:
        return f"What we share with {code.scheme.recipient.name}"
    return code.scheme.title


def _journey(request: HttpRequest) -> Journey:
    return Journey(request.session, ANSWERS, QUESTIONS)


def _code(request: HttpRequest) -> LetterCode | None:
    try:
        return codes.live_code(request.session.get(CODE, 0), at=days.now())
    except WrongCodeError:
        return None
