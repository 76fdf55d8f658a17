"""Translations of drafts."""

from notices.drafts import tokens, translating
from notices.drafts.drafting import Editing
from notices.models import TranslatedSection
from tests.example import DAY, NOON
from tests.factories.notices import CompleteDraftFactory


def translate(draft, section, by, body="Słowa.", language="ur"):
    translated = TranslatedSection.objects.filter(
        section=section, translation__language=language
    ).first()
    translating.translate_section(
        draft.pk,
        language,
        section.pk,
        words=translating.TranslatedWords(
            f"ur: {section.heading}", body, tokens.section_token(section)
        ),
        seen=tokens.translated_token(translated),
        editing=Editing(by, NOON),
    )


def a_translated_draft(by, language="ur", day=DAY):
    draft = CompleteDraftFactory(by=by, effective_from=day)
    translating.add_language(draft.pk, language=language, title="T", editing=Editing(by, NOON))
    for section in draft.sections.all():
        translate(draft, section, by, language=language)
    translate_words(draft, by, language=language)
    return draft


def translate_words(draft, by, language="ur", **changes):
    state = translating.states_of(draft)[0]
    words = {word: changes.get(word, f"{language}: {word}") for word in state.words}
    seen = tokens.words_token(state.translation)
    translating.translate_words(
        draft.pk, language, words=words, seen=seen, editing=Editing(by, NOON)
    )
