"""Pages to print letters with codes, for school staff and officers."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consent.decisions.contacts import contacts_of
from consent.letters import codes, printing
from consent.letters.forms import LetterSubjectForm, LiveForm, OneForm, RunForm
from consent.models import LetterKind, LetterRun
from consent.queries import own_pupil, own_pupils, schemes, schools_of
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.pages import form_page, posted, refreshed
from privacy_portal.ground.ui.private_downloads import private_file
from privacy_portal.ground.ui.refusals import not_now_to

PER_PAGE = 20


@require_safe
@open_to(Action.PRINT_LETTERS)
def index(request: HttpRequest) -> HttpResponseBase:
    """Ask which school and opt-out to print letters about, and list what the user has printed."""
    user = staff_of(request)
    subject = request.GET if "school" in request.GET else None
    form = LetterSubjectForm(subject, schools=list(schools_of(user)), schemes=schemes())
    if form.is_valid():
        return redirect(
            "staff-letters-new", form.cleaned_data["school"], form.cleaned_data["scheme"]
        )
    page = Paginator(printing.runs_of(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"section": "letters", "form": form, "page": page, "now": days.now()}
    return form_page(request, "consent/letters/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.PRINT_LETTERS)
def new(request: HttpRequest, urn: str, scheme: str) -> HttpResponseBase:
    """Create letters to year groups of a school."""
    user, today = staff_of(request), days.today()
    school = get_object_or_404(schools_of(user), urn=urn)
    subject = get_object_or_404(schemes(), code=scheme)
    form = RunForm(
        posted(request),
        years=printing.year_groups(school),
        translations=printing.translations(subject, today),
        scheme=subject,
        initial={"kind": LetterKind.CHOICE.value},
    )
    if form.is_valid():
        kind = LetterKind(form.cleaned_data["kind"])
        pupils = printing.pupils_for(school, subject, kind, form.cleaned_data["years"], today)
        language = form.cleaned_data.get("language", "")
        live = codes.live_codes(pupils, subject, at=days.now())
        if batches := codes.batches_of(live):
            question = LiveForm(request.POST if "asked" in request.POST else None)
            if not question.is_valid():
                context = {
                    "section": "letters", "form": question, "school": school, "scheme": subject,
                    "batches": batches, "total": sum(batch.letters for batch in batches),
                    "others": len(pupils) - live.values("pupil").distinct().count(),
                    "answers": [
                        (name, value)
                        for name in ("years", "kind", "language")
                        for value in request.POST.getlist(name)
                    ],
                }  # fmt: skip
                return form_page(request, "consent/letters/live.html", context)
            if question.cleaned_data["live"] == LiveForm.LEAVE:
                written_to = set(live.values_list("pupil", flat=True))
                pupils = [pupil for pupil in pupils if pupil not in written_to]
        try:
            run = LetterRun(
                school=school, scheme=subject, kind=kind, pupils=pupils, language=language
            )
            printing.ask(run, by=user, at=days.now())
            return redirect("staff-letters-run", run.pk)
        except NotNowError as error:
            form.add_error("years", str(error))
    context = {"section": "letters", "form": form, "school": school, "scheme": subject}
    return form_page(request, "consent/letters/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(change=Action.PRINT_LETTERS)
@not_now_to("staff-pupil", "reference")
def one(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Create a letter about one pupil, to one of the people on record."""
    user, today = staff_of(request), days.today()
    pupil = own_pupil(user, reference)
    if pupil is None:
        raise Http404
    if pupil.hears_nothing:
        raise NotNowError("No letters are sent about this pupil.")
    offered = schemes()
    languages = {
        translation.language.code: translation
        for scheme in offered
        for translation in printing.translations(scheme, today)
    }
    ages = [scheme.self_age for scheme in offered if scheme.self_age is not None]
    people = contacts_of(pupil, self_age=min(ages, default=None), on=today)
    contacts = [contact for contact in people if contact.address]
    form = OneForm(
        posted(request),
        schemes=offered,
        contacts=contacts,
        languages=list(languages.values()),
        grown_under=[
            scheme.code
            for scheme in offered
            if printing.turned_16(own_pupils(user).filter(pk=pupil.pk), scheme, today, again=True)
        ],
        initial={
            "kind": LetterKind.CHOICE.value,
            "language": printing.language_code(pupil),
            **({"to": "0"} if len(contacts) == 1 else {}),
        },
    )
    if form.is_valid():
        data = form.cleaned_data
        run = LetterRun(
            school=pupil.school,
            scheme=next(scheme for scheme in offered if scheme.code == data["scheme"]),
            kind=data["kind"],
            pupils=[pupil.pk],
            language=data.get("language", ""),
        )
        printing.ask(run, to=contacts[int(data["to"])], by=user, at=days.now())
        return redirect("staff-letters-run", run.pk)
    live = [
        (scheme, batch)
        for scheme in offered
        for batch in codes.batches_of(codes.live_codes([pupil.pk], scheme, at=days.now()))
    ]
    context = {"section": "letters", "form": form, "pupil": pupil, "live": live}
    return form_page(request, "consent/letters/one.html", context)


@require_safe
@open_to(Action.PRINT_LETTERS)
def run(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Show the progress of letters; the page reloads itself until they are ready."""
    letters = get_object_or_404(printing.runs_of(staff_of(request)), pk=number)
    total = len(letters.pupils)
    context = {"section": "letters", "run": letters, "total": total, "now": days.now()}
    page = render(request, "consent/letters/run.html", context)
    return refreshed(page) if letters.state == LetterRun.State.WAITING else page


@require_safe
@open_to(Action.PRINT_LETTERS)
@not_now_to("staff-letters-run", "number")
def pdf(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """Download the letters, by whoever asked for them; log each download."""
    user = staff_of(request)
    letters = get_object_or_404(printing.runs_of(user), pk=number)
    content = printing.download(letters, by=user, at=days.now())
    return private_file(content, name=f"letters-{days.today().isoformat()}.pdf")
