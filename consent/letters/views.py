"""Printing letters with codes, for school staff and officers."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions.contacts import contacts_of
from consent.letters import codes as letter_codes, printing as letters
from consent.letters.forms import AboutForm, LiveForm, OneForm, RunForm
from consent.models import LetterKind, LetterRun, Scheme
from consent.queries import own_pupil, own_pupils, schemes, schools_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import staff_of, staff_only
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 20


@never_cache
@require_safe
@staff_only
def index(request: HttpRequest) -> HttpResponseBase:
    """The school and scheme to print letters about, and what was printed lately."""
    user = staff_of(request)
    form = AboutForm(schools=list(schools_of(user)), schemes=schemes())
    if "school" in request.GET:
        where = [request.GET.get("school", ""), request.GET.get("scheme", "")]
        if all(where):
            return redirect("staff-letters-new", *where)
    page = Paginator(letters.runs_of(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "letters", "form": form, "page": page, "now": days.now()}
    return render(request, "consent/letters/index.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest, urn: str, scheme: str) -> HttpResponseBase:
    """Year groups of a school."""
    user, today = staff_of(request), days.today()
    school = schools_of(user).filter(urn=urn).first()
    if school is None:
        raise Http404
    about = _scheme(scheme)
    form = RunForm(
        request.POST if request.method == "POST" else None,
        years=letters.year_groups(school),
        translations=letters.translations(about, today),
        scheme=about,
        initial={"kind": LetterKind.CHOICE.value},
    )
    if request.method == "POST" and form.is_valid():
        kind = LetterKind(form.cleaned_data["kind"])
        pupils = letters.pupils_for(school, about, kind, form.cleaned_data["years"], today)
        language = form.cleaned_data.get("language", "")
        live = letter_codes.live_of(pupils, about, at=days.now())
        if counted := letter_codes.counted(live):
            asked = LiveForm(request.POST if "asked" in request.POST else None)
            if not asked.is_valid():
                context = {
                    "section": "letters", "form": asked, "school": school, "scheme": about,
                    "counted": counted, "total": sum(each.letters for each in counted),
                    "others": len(pupils) - live.values("pupil").distinct().count(),
                    "before": [
                        (name, value)
                        for name in ("years", "kind", "language")
                        for value in request.POST.getlist(name)
                    ],
                }  # fmt: skip
                status = 422 if asked.errors else 200
                return render(request, "consent/letters/live.html", context, status=status)
            if asked.cleaned_data["live"] == LiveForm.LEAVE:
                written_to = set(live.values_list("pupil", flat=True))
                pupils = [pupil for pupil in pupils if pupil not in written_to]
        try:
            run = letters.ask(
                school, about, kind, pupils, language=language, by=user, at=days.now()
            )
            return redirect("staff-letters-run", run.pk)
        except NotNowError as error:
            form.add_error("years", str(error))
    context = {"section": "letters", "form": form, "school": school, "scheme": about}
    code = 422 if form.errors else 200
    return render(request, "consent/letters/new.html", context, status=code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def one(request: HttpRequest, reference: str) -> HttpResponseBase:
    """A letter about one pupil, to one of those on record."""
    user, today = staff_of(request), days.today()
    pupil = own_pupil(user, reference)
    if pupil is None:
        raise Http404
    offered = schemes()
    languages = {
        each.language.code: each for about in offered for each in letters.translations(about, today)
    }
    self_age = min((each.self_age for each in offered if each.self_age is not None), default=None)
    known = contacts_of(pupil, self_age=self_age, on=today)
    contacts = [each for each in known if each.address]
    form = OneForm(
        request.POST if request.method == "POST" else None,
        schemes=offered,
        contacts=contacts,
        languages=list(languages.values()),
        grown_under=[
            each.code
            for each in offered
            if letters.turned_16(own_pupils(user).filter(pk=pupil.pk), each, today, again=True)
        ],
        initial={"kind": LetterKind.CHOICE.value, "language": letters.language_code(pupil)},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        run = letters.ask(
            pupil.school,
            _scheme(data["scheme"]),
            LetterKind(data["kind"]),
            [pupil.pk],
            language=data.get("language", ""),
            to=contacts[int(data["to"])],
            by=user,
            at=days.now(),
        )
        return redirect("staff-letters-run", run.pk)
    live = [
        (about, each)
        for about in offered
        for each in letter_codes.counted(letter_codes.live_of([pupil.pk], about, at=days.now()))
    ]
    context = {"section": "letters", "form": form, "pupil": pupil, "live": live}
    code = 422 if form.errors else 200
    return render(request, "consent/letters/one.html", context, status=code)


@never_cache
@require_safe
@staff_only
def run(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """How far the letters are; the page loads itself again until they are ready."""
    shown = _run(staff_of(request), number)
    context = {"section": "letters", "run": shown, "total": len(shown.pupils), "now": days.now()}
    return render(request, "consent/letters/run.html", context)


@never_cache
@require_safe
@staff_only
@not_now_to("staff-letters-run", "number")
def pdf(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """The letters, for who asked for them; each download is logged."""
    user = staff_of(request)
    shown = _run(user, number)
    content = letters.taken(shown, by=user, at=days.now())
    name = f"letters-{days.today().isoformat()}.pdf"
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _run(user: User, number: UUID) -> LetterRun:
    found = letters.runs_of(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _scheme(code: str) -> Scheme:
    found = next((each for each in schemes() if each.code == code), None)
    if found is None:
        raise Http404
    return found
