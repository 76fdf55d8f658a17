"""Deciding with the code on a letter: nothing about the pupil is shown before or after."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent.errors import RefusedError
from consent.letters import codes as letter_codes
from consent.letters.codes import TooManyGuessesError, WrongCodeError
from consent.models import LetterCode
from consent.online import with_code as coded
from consent.online.code_forms import OFFER, QUESTIONS, CodeForm, opts_in
from consent.rules import Choice, DecidedBy, Refusal
from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import client_of
from privacy_portal.ground.ui.errors import too_many
from privacy_portal.ground.ui.questions import Asked, Question

CODE = "opt-out-code"
ANSWERS = "opt-out-code-answers"
WRONG = (
    "We do not recognise this code. Check your letter and try again. You can use a code once, "
    "within {} days."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The code on the letter."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        at = days.now()
        try:
            code = letter_codes.check(form.cleaned_data["code"], client=client_of(request), at=at)
        except TooManyGuessesError:
            return too_many(request)
        except WrongCodeError:
            form.add_error("code", WRONG.format(settings.CODE_DAYS))
        else:
            request.session.cycle_key()
            request.session[CODE] = code.pk
            asked = _asked(request)
            asked.drop()
            asked.keep(
                OFFER,
                {
                    "opt_in": coded.may_opt_in(code),
                    "parents_only": code.scheme.self_age is None,
                },
            )
            return redirect("opt-out-code-step", asked.open())
    context = {"section": "opt-out", "form": form}
    return render(request, "consent/online/code.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    """One question; afterwards the next that is open, or the check of all answers."""
    if step not in QUESTIONS:
        raise Http404
    code, asked = _code(request), _asked(request)
    if code is None or OFFER not in asked.answers:
        return redirect("opt-out-code")
    if step not in asked.names() or asked.skips(step):
        return redirect("opt-out-code-step", asked.open() or asked.names()[0])
    data = request.POST if request.method == "POST" else None
    form = QUESTIONS[step](data, initial=asked.answers.get(step), answers=asked.answers)
    if data is None or not form.is_valid():
        return _question(request, form, code, asked.before(step))
    values = form.values()
    if values != asked.answers.get(step):
        for later in list(QUESTIONS)[list(QUESTIONS).index(step) + 1 :]:
            asked.answers.pop(later, None)
    asked.keep(step, values)
    following = asked.open()
    return redirect("opt-out-code-step", following) if following else redirect("opt-out-code-check")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """All answers; sending them uses the code up, before we say so."""
    code, asked = _code(request), _asked(request)
    if code is None or OFFER not in asked.answers:
        return redirect("opt-out-code")
    if missing := asked.open():
        return redirect("opt-out-code-step", missing)
    name = asked.answers["name"]
    given = coded.Coded(
        choice=Choice.OPT_IN if opts_in(asked.answers) else Choice.OPT_OUT,
        by=DecidedBy(asked.answers.get("who", {}).get("by", DecidedBy.PARENT)),
        person_name=name.get("person_name", ""),
        relation=name.get("relation", ""),
        email=name["email"],
    )
    if request.method != "POST":
        offered = asked.answers[OFFER]["opt_in"]
        context = {
            "section": "opt-out", "given": given, "scheme": code.scheme, "offered": offered,
            "caption_of": _caption(code, asked), "parents_only": asked.answers[OFFER].get("parents_only"),
        }  # fmt: skip
        return render(request, "consent/online/code_check.html", context)
    try:
        _, token = coded.decide(code.pk, given, submission=asked.submission, at=days.now())
    except RefusedError as error:
        return _refused(request, code, error.refusal)
    except coded.NoOptInError:
        return _refused(request, code, None)
    except WrongCodeError:
        return redirect("opt-out-code")
    asked.drop()
    del request.session[CODE]
    return redirect("opt-out-receipt", token)


def _refused(request: HttpRequest, code: LetterCode, refusal: Refusal | None) -> HttpResponse:
    """C1 Kindly, and nothing is kept; of any other reason nothing is told of the pupil (C7)."""
    _asked(request).drop()
    context = {"section": "opt-out", "scheme": code.scheme}
    if refusal in (Refusal.TOO_YOUNG, Refusal.PARENTS_ONLY):
        return render(request, "consent/online/too_young.html", context)
    return render(request, "consent/online/code_refused.html", context)


def _question(
    request: HttpRequest, form: Question, code: LetterCode, back: str | None
) -> HttpResponse:
    asked = _asked(request)
    context = {
        "section": "opt-out",
        "form": form,
        "caption_of": _caption(code, asked),
        "back": back,
        "complete": asked.open() is None,
    }
    return render(
        request, "consent/online/code_step.html", context, status=422 if form.errors else 200
    )


def _caption(code: LetterCode, asked: Asked) -> str:
    """The opposite of the opt-out's title for who opts in; neither before they chose."""
    if opts_in(asked.answers):
        return code.scheme.sharing_title
    offered = asked.answers.get(OFFER, {}).get("opt_in")
    if offered and "choice" not in asked.answers:
        return f"What we share with {code.scheme.recipient.name}"
    return code.scheme.title


def _asked(request: HttpRequest) -> Asked:
    return Asked(request.session, ANSWERS, QUESTIONS)


def _code(request: HttpRequest) -> LetterCode | None:
    try:
        return letter_codes.live_code(request.session.get(CODE, 0), at=days.now())
    except WrongCodeError:
        return None
