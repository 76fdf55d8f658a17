"""Let officers translate a draft, section by section."""

from contextlib import suppress
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from notices.drafts import tokens, translating
from notices.drafts.edit_views import draft_at, edit_page
from notices.drafts.forms import LanguageForm, TitleForm, TranslatedForm, WordsForm
from notices.drafts.translating import SectionState, TranslationState, words_of
from notices.drafts.views import editing, page_about, tell_outcome
from notices.languages import LANGUAGES
from notices.models import NoticeVersion, Translation
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.ui.form_arguments import Cleaned
from privacy_portal.ground.ui.methods import FORM_METHODS

REMOVED = "This translation was removed."


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def add_language(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Create a translation into a language that the draft lacks."""
    draft = draft_at(slug, number)
    taken = set(draft.translations.values_list("language", flat=True))
    form = LanguageForm(request.POST or None, taken=taken)
    if request.method == "POST" and form.is_valid():
        language, title = form.cleaned_data["language"], form.cleaned_data["title"]
        try:
            translating.add_language(
                draft.pk, language=language, title=title, editing=editing(request)
            )
        except NotNowError as error:
            messages.warning(request, str(error))
        return redirect("staff-draft-language", slug, number, language)
    status = 422 if form.errors else 200
    return page_about(request, "edit", draft, status, form=form, heading="Add a language")


@require_safe
@open_to(Action.EDIT_NOTICES)
def language(request: HttpRequest, slug: str, number: int, code: str) -> HttpResponseBase:
    """Show which parts of a translation are done."""
    draft = draft_at(slug, number)
    return page_about(request, "language", draft, state=_state(draft, code))


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def title(request: HttpRequest, slug: str, number: int, code: str) -> HttpResponseBase:
    """Change the title and the short version for young people in the language."""
    draft = draft_at(slug, number)
    translation = _state_to_edit(request, draft, code).translation
    initial = {
        "title": translation.title,
        "text": translation.young_summary,
        "seen": tokens.translation_token(translation),
    }
    form = TitleForm(request.POST or None, initial=initial, language=LANGUAGES[code])

    def save(seen: str) -> None:
        translating.change_title(
            draft.pk,
            code,
            title=form.cleaned_data["title"],
            young_summary=form.cleaned_data["text"].replace("\r\n", "\n").strip(),
            seen=seen,
            editing=editing(request),
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        current = _state_to_edit(request, draft, code).translation
        if not current.pk:
            return "", REMOVED
        text = f"{current.title}\n\n{current.young_summary}"
        return tokens.translation_token(current), text

    return edit_page(
        request,
        draft,
        form,
        f"{LANGUAGES[code].english}: title and short version for young people",
        save,
        now=now,
        english=draft.young_summary,
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def words(request: HttpRequest, slug: str, number: int, code: str) -> HttpResponseBase:
    """Change the table headings and labels in the language, each beside its English."""
    draft = draft_at(slug, number)
    state = _state_to_edit(request, draft, code)
    initial: dict[str, str] = {"seen": tokens.words_token(state.translation)}
    initial |= {f"word_{place}": word for place, word in enumerate(state.words.values())}
    form = WordsForm(
        request.POST or None,
        initial=initial,
        english=list(state.words),
        language=LANGUAGES[code],
    )

    def save(seen: str) -> None:
        translating.translate_words(
            draft.pk, code, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        state = _state_to_edit(request, draft, code)
        if not state.translation.pk:
            return "", REMOVED
        text = "\n".join(f"{english}: {word}" for english, word in state.words.items() if word)
        return tokens.words_token(state.translation), text

    return edit_page(
        request,
        draft,
        form,
        f"{LANGUAGES[code].english}: table headings and labels",
        save,
        now=now,
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def section(
    request: HttpRequest, slug: str, number: int, code: str, section_id: int
) -> HttpResponseBase:
    """Translate a section, beside the English."""
    draft = draft_at(slug, number)
    part = _part(request, draft, code, section_id)
    initial: Cleaned = {}
    if part is None and request.method != "POST":
        raise Http404
    if part is not None:
        initial = {
            "heading": part.translated.heading if part.translated else "",
            "body": part.translated.body if part.translated else "",
            "seen": tokens.translated_token(part.translated),
            "of": tokens.section_token(part.section),
        }
    form = TranslatedForm(request.POST or None, initial=initial, language=LANGUAGES[code])

    def save(seen: str) -> None:
        translating.translate_section(
            draft.pk, code, section_id, words=form.words(), seen=seen, editing=editing(request)
        )

    def now(draft: NoticeVersion) -> tuple[str, str]:
        part = _part(request, draft, code, section_id)
        if part is None:
            return "", "This section or its translation was removed."
        translated = part.translated
        text = f"{translated.heading}\n\n{translated.body}" if translated else ""
        return tokens.translated_token(translated), text

    return edit_page(
        request,
        draft,
        form,
        f"{LANGUAGES[code].english}: {part.section.heading if part else 'removed section'}",
        save,
        now=now,
        english=part.section.body if part else "",
    )


@require_http_methods(FORM_METHODS)
@open_to(change=Action.EDIT_NOTICES)
def remove_language(request: HttpRequest, slug: str, number: int, code: str) -> HttpResponseBase:
    """Remove a translation, once that is confirmed."""
    draft = draft_at(slug, number)
    state = _state(draft, code)
    name = f"{state.language.english} translation"
    if request.method != "POST":
        return page_about(request, "remove", draft, name=name, seen="")
    verb = partial(translating.remove_language, draft.pk, code, editing=editing(request))
    tell_outcome(request, verb, f"{name} removed")
    return redirect("staff-draft", slug, number)


def _part(
    request: HttpRequest, draft: NoticeVersion, code: str, section_id: int
) -> SectionState | None:
    parts = _state_to_edit(request, draft, code).sections
    return next((row for row in parts if row.section.pk == section_id), None)


def _state(draft: NoticeVersion, code: str) -> TranslationState:
    states = translating.states_of(draft)
    state = next((row for row in states if row.translation.language == code), None)
    if state is None:
        raise Http404
    return state


def _state_to_edit(request: HttpRequest, draft: NoticeVersion, code: str) -> TranslationState:
    """Return the progress of a translation; of an empty one where it was removed since the form was
    opened, so that the page can give back what was typed."""
    with suppress(Http404):
        return _state(draft, code)
    if request.method != "POST" or code not in LANGUAGES:
        raise Http404
    removed = Translation(version=draft, language=code)
    return TranslationState(removed, [], True, dict.fromkeys(words_of(draft), ""))
