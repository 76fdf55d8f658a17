"""Translate a draft section by section; a translation older than the English is not published."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from notices.drafts.drafting import Editing, as_seen, locked_draft, refuse_unless_seen
from notices.drafts.tokens import (
    section_token,
    translated_token,
    translation_token,
    words_token,
    young_summary_token,
)
from notices.languages import LANGUAGES, Language
from notices.models import NoticeVersion, Section, TranslatedSection, Translation
from notices.queries import table_of
from privacy_portal.ground.errors import NotNowError

# What a notice says around its table; labels and duties come with the version.
PHRASES = (
    "Who gets what",
    "Each organisation gets only what its line says, and only for what its line says.",
    "Who",
    "What for",
    "What it can get",
    "The agreement",
    "Its website",
    "The law makes us",
    "How to contact us",
    "Telephone",
    "Opt out on this website",
)


def words_of(version: NoticeVersion) -> list[str]:
    """List the short English words that a version's translation needs: phrases, labels; 3 queries."""
    words = dict.fromkeys(PHRASES)
    lines = list(table_of(version))
    for line in lines:
        words.update(dict.fromkeys(named.purpose.label for named in line.purposes.all()))
        if line.legal_duty:
            words[line.legal_duty] = None
    for line in lines:
        words.update(dict.fromkeys(named.item.label for named in line.items.all()))
    return list(words)


@dataclass(frozen=True, slots=True)
class SectionState:
    """Pair a section with its translation; `stale` when the English was changed after it."""

    section: Section
    translated: TranslatedSection | None
    stale: bool

    @property
    def done(self) -> bool:
        """Return whether it says what the English says now."""
        return self.translated is not None and not self.stale


@dataclass(frozen=True, slots=True)
class TranslationState:
    """Hold the progress of a translation: sections, the table's words, the short version.

    `words` gives each short English word in the language, or an empty text.
    """

    translation: Translation
    sections: list[SectionState]
    young_done: bool
    words: dict[str, str]

    @property
    def words_done(self) -> bool:
        """Return whether every short word is translated."""
        return all(self.words.values())

    @property
    def language(self) -> Language:
        """Return the language, with its names and direction."""
        return LANGUAGES[self.translation.language]

    @property
    def open(self) -> int:
        """Count the parts that are not translated, or older than the English."""
        parts = [*(section.done for section in self.sections), self.young_done, self.words_done]
        return parts.count(False)


def states_of(version: NoticeVersion) -> list[TranslationState]:
    """Return the progress of each translation of a version; 6 queries, or 1 where there is none."""
    translated = list(version.translations.prefetch_related("sections"))
    if not translated:
        return []
    sections = list(version.sections.all())
    english = words_of(version)
    states = []
    for translation in translated:
        translations = {row.section_id: row for row in translation.sections.all()}
        parts = []
        for section in sections:
            row = translations.get(section.pk)
            stale = row is not None and row.made_from != section_token(section)
            parts.append(SectionState(section, row, stale))
        young = not version.young_summary or (
            bool(translation.young_summary)
            and translation.young_summary_of == young_summary_token(version)
        )
        words = {word: translation.words.get(word, "") for word in english}
        states.append(TranslationState(translation, parts, young, words))
    return states


def add_language(version_id: int, *, language: str, title: str, editing: Editing) -> Translation:
    """Create a translation. Raises NotNowError if the draft has one in that language."""
    name = LANGUAGES[language].english
    with locked_draft(version_id, editing, "translation-added", f"{name} added") as draft:
        if draft.translations.filter(language=language).exists():
            raise NotNowError(f"The draft already has a translation into {name}.")
        return Translation.objects.create(version=draft, language=language, title=title)


def change_title(
    version_id: int, language: str, *, title: str, young_summary: str, seen: str, editing: Editing
) -> None:
    """Set the title and the short version for young people in the language."""
    change = f"{LANGUAGES[language].english}: title and short version changed"
    with locked_draft(version_id, editing, "translation-changed", change) as draft:
        stored = draft.translations.filter(language=language).first()
        translation = as_seen(stored, translation_token, seen, draft)
        translation.title, translation.young_summary = title, young_summary
        translation.young_summary_of = young_summary_token(draft) if young_summary else ""
        translation.save()


@dataclass(frozen=True, slots=True)
class TranslatedWords:
    """Hold a section's words in a language; `made_from` is the token of the English that was read."""

    heading: str
    body: str
    made_from: str


def translate_section(
    version_id: int,
    language: str,
    section_id: int,
    *,
    words: TranslatedWords,
    seen: str,
    editing: Editing,
) -> None:
    """Set a section's words in the language."""
    change = f"{LANGUAGES[language].english}: “{words.heading}” changed"
    with locked_draft(version_id, editing, "translation-changed", change) as draft:
        translation = draft.translations.filter(language=language).first()
        section = draft.sections.filter(pk=section_id).first()
        now = None
        if translation and section:
            now = translated_token(translation.sections.filter(section=section).first())
        refuse_unless_seen(now, seen, draft)
        TranslatedSection.objects.update_or_create(
            translation=translation,
            section=section,
            defaults={"version": draft, **asdict(words)},
        )


def translate_words(
    version_id: int, language: str, *, words: Mapping[str, str], seen: str, editing: Editing
) -> None:
    """Set the short words of the table in the language; a blank one is not translated yet."""
    change = f"{LANGUAGES[language].english}: table headings and labels changed"
    with locked_draft(version_id, editing, "translation-changed", change) as draft:
        stored = draft.translations.filter(language=language).first()
        translation = as_seen(stored, words_token, seen, draft)
        translation.words = {english: word for english, word in words.items() if word}
        translation.save()


def remove_language(version_id: int, language: str, *, editing: Editing) -> None:
    """Remove a translation from the draft."""
    change = f"{LANGUAGES[language].english} removed"
    with locked_draft(version_id, editing, "translation-removed", change) as draft:
        draft.translations.filter(language=language).delete()
