"""Advise editors on plain language; the advice never stops a publication.

Reading age is the Flesch-Kincaid grade (years of school in the US) plus 5. Sentences
are long by their words; a sentence is taken for passive where a form of "to be" stands
before a past participle. Targets are settings.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings

from notices.comparing import words_of
from notices.models import Section

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_TO_BE = r"(?:am|is|are|was|were|be|been|being|gets?|got)"
_IRREGULAR = (
    "given|taken|made|held|kept|known|shown|told|sent|said|set|put|written|drawn|seen|found|"
    "done|brought|bought|built|chosen|cut|dealt|driven|felt|got|gone|heard|hidden|hit|laid|led|"
    "left|lent|let|lost|meant|met|paid|read|run|sold|shut|spent|split|spoken|stolen|taught|"
    "thought|thrown|understood|won|withdrawn|withheld"
)
_PASSIVE = re.compile(
    rf"\b{_TO_BE}\s+(?:\w+ly\s+|not\s+|only\s+)?(?:\w{{3,}}ed|{_IRREGULAR})\b", re.I
)
_GRADE_TO_AGE = 5
_WORD = re.compile(r"[^\W_](?:[\w’'-]*\w)?")
_VOWELS = re.compile(r"[aeiouy]+")
# As in `share`, `shared` and `names`, but not in `table`, `needed` or `places`.
_SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<![td])ed$|(?<![sxzcg])es$")


@dataclass(frozen=True, slots=True)
class Targets:
    """Hold the limits for a notice: reading age in years, words a sentence, passives in per cent."""

    reading_age: int
    sentence_words: int
    passive_percent: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Hold the advice on one part; `passive_percent` is the share of its sentences."""

    heading: str
    reading_age: int
    long_sentences: list[str]
    passive_sentences: list[str]
    passive_percent: int
    too_hard: bool
    too_passive: bool

    @property
    def fine(self) -> bool:
        """Return whether the part keeps to every target."""
        return not (self.too_hard or self.too_passive or self.long_sentences)


def targets() -> Targets:
    """Return the targets of the settings."""
    return Targets(**settings.PLAIN_LANGUAGE)


def advise(sections: Iterable[Section], young_summary: str) -> list[Advice]:
    """Advise on each section with text, and on the short version for young people."""
    parts = [(section.heading, section.body) for section in sections]
    parts.append(("Short version for young people", young_summary))
    aims = targets()
    return [advice_on(heading, body, aims) for heading, body in parts if body.strip()]


def advice_on(heading: str, markdown: str, aims: Targets) -> Advice:
    """Advise on one text in Markdown."""
    sentences = sentences_of(markdown)
    passive = [sentence for sentence in sentences if _PASSIVE.search(sentence)]
    percent = round(100 * len(passive) / len(sentences)) if sentences else 0
    age = max(5, round(grade_of(sentences)) + _GRADE_TO_AGE)
    return Advice(
        heading=heading,
        reading_age=age,
        long_sentences=[
            sentence for sentence in sentences if len(sentence.split()) > aims.sentence_words
        ],
        passive_sentences=passive,
        passive_percent=percent,
        too_hard=age > aims.reading_age,
        too_passive=percent > aims.passive_percent,
    )


def grade_of(sentences: Sequence[str]) -> float:
    """Return the Flesch-Kincaid grade of sentences; 0 where there is no word."""
    words = [word for sentence in sentences for word in _WORD.findall(sentence.lower())]
    if not words:
        return 0
    syllables = sum(map(syllables_of, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def syllables_of(word: str) -> int:
    """Count the syllables of an English word in lower case: its groups of vowels."""
    return len(_VOWELS.findall(_SILENT_END.sub("", word))) or 1


def sentences_of(markdown: str) -> list[str]:
    """Split a text in Markdown into sentences; a paragraph or list item ends one."""
    blocks = " ".join(word for word in words_of(markdown) if word != "•").split(" \n ")
    return [
        sentence.strip()
        for block in blocks
        for sentence in _SENTENCE.split(block)
        if sentence.strip()
    ]
