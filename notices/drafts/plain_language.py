"""How plain a text is: advice for those who write, never a gate.

Reading age is the Flesch-Kincaid grade (years of school in the US) plus 5. Sentences
are long by their words; a sentence is taken for passive where a form of "to be" stands
before a past participle. Targets are settings.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import textstat
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


@dataclass(frozen=True, slots=True)
class Targets:
    """What a notice should keep to: reading age in years, words, and share in per cent."""

    reading_age: int
    sentence_words: int
    passive_percent: int


@dataclass(frozen=True, slots=True)
class Advice:
    """How plain one part is. `long_sentences` are shown; `passive_percent` is of its sentences."""

    heading: str
    reading_age: int
    long_sentences: list[str]
    passive_sentences: list[str]
    passive_percent: int
    too_hard: bool
    too_passive: bool

    @property
    def fine(self) -> bool:
        """Whether nothing is pointed out."""
        return not (self.too_hard or self.too_passive or self.long_sentences)


def targets() -> Targets:
    """The targets of the settings."""
    return Targets(**settings.PLAIN_LANGUAGE)


def advise(sections: Iterable[Section], young_summary: str) -> list[Advice]:
    """Advice on each section that says anything, and on the summary for young people."""
    parts = [(section.heading, section.body) for section in sections]
    parts.append(("Summary for young people", young_summary))
    aims = targets()
    return [advice_on(heading, body, aims) for heading, body in parts if body.strip()]


def advice_on(heading: str, markdown: str, aims: Targets) -> Advice:
    """Advice on one text in Markdown."""
    sentences = sentences_of(markdown)
    passive = [each for each in sentences if _PASSIVE.search(each)]
    percent = round(100 * len(passive) / len(sentences)) if sentences else 0
    grade = textstat.flesch_kincaid_grade(". ".join(each.rstrip(".!?") for each in sentences))
    age = max(5, round(grade) + _GRADE_TO_AGE)
    return Advice(
        heading=heading,
        reading_age=age,
        long_sentences=[each for each in sentences if len(each.split()) > aims.sentence_words],
        passive_sentences=passive,
        passive_percent=percent,
        too_hard=age > aims.reading_age,
        too_passive=percent > aims.passive_percent,
    )


def sentences_of(markdown: str) -> list[str]:
    """The sentences that a reader sees; a paragraph or list item ends a sentence."""
    blocks = " ".join(word for word in words_of(markdown) if word != "•").split(" \n ")
    return [each.strip() for block in blocks for each in _SENTENCE.split(block) if each.strip()]
