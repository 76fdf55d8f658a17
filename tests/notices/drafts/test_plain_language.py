"""Advice on plain language."""

import pytest

from notices.drafts.plain_language import Targets, advice_on, grade_of, sentences_of, syllables_of

AIMS = Targets(reading_age=12, sentence_words=25, passive_percent=25)


def test_short_words_are_read_early_and_long_ones_late():
    plain = advice_on("", "We keep it safe. You can ask us for it.", AIMS)
    hard = advice_on(
        "",
        "Notwithstanding organisational considerations, the authority disseminates "
        "demographic information internationally.",
        AIMS,
    )
    assert plain.fine
    assert plain.reading_age < 9
    assert hard.too_hard


@pytest.mark.parametrize(
    "sentence", ["It is shared.", "They were not given it.", "It has been carefully chosen."]
)
def test_passive_sentences_are_pointed_out(sentence):
    assert advice_on("", sentence, AIMS).passive_sentences == [sentence]


@pytest.mark.parametrize("sentence", ["We share it.", "They gave it.", "It is red."])
def test_active_sentences_are_not(sentence):
    assert not advice_on("", sentence, AIMS).passive_sentences


def test_list_items_and_paragraphs_end_a_sentence():
    assert sentences_of("We use:\n\n- names\n- ages\n\nThat is all. Ask us!") == [
        "We use:", "names", "ages", "That is all.", "Ask us!",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("share", 1), ("shared", 1), ("names", 1), ("needed", 2), ("places", 2), ("table", 2),
        ("the", 1), ("pupils", 2), ("information", 4), ("3", 1),
    ],
)  # fmt: skip
def test_syllables_are_counted_by_vowels(word, number):
    assert syllables_of(word) == number


def test_the_grade_is_that_of_flesch_and_kincaid():
    """Five words of one syllable in one sentence: 0.39 · 5 + 11.8 · 1 − 15.59."""
    assert grade_of(["We keep your name safe."]) == pytest.approx(-1.84)
    assert grade_of([]) == 0
