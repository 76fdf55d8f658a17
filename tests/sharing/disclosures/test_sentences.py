"""What became of a file, in one sentence: rows are not pupils."""

import pytest
from hypothesis import given, strategies as st

from sharing.disclosures import sentences
from sharing.disclosures.sentences import WAS, WILL, WOULD
from sharing.models import Disclosure, Release
from sharing.rules import Reason


def rows(released, reduced=0, withheld=0):
    total = released + reduced + withheld
    return {"total": total, "released": released, "reduced": reduced, "withheld": withheld}


@pytest.mark.parametrize(
    ("outcome", "counts", "tense", "said"),
    [
        (
            "reduced", rows(205, 18, 392), WILL,
            (
                "Information about 223 pupils will be released: 205 in full and 18 with basic "
                "details only. 392 of 615 rows will be withheld."
            ),
        ),
        (
            "reduced", rows(205, 18, 392), WAS,
            (
                "Information about 223 pupils was released: 205 in full and 18 with basic details "
                "only. 392 of 615 rows were withheld."
            ),
        ),
        ("released", rows(1), WILL, "Information about 1 pupil will be released."),
        (
            "reduced", rows(0, 2), WAS,
            "Information about 2 pupils was released, with basic details only.",
        ),
        (
            "reduced", rows(1, 0, 1), WAS,
            "Information about 1 pupil was released. 1 of 2 rows was withheld.",
        ),
        (
            "reduced", rows(1, 0, 2), WOULD,
            "Information about 1 pupil would have been released. 2 of 3 rows would have been withheld.",
        ),
        ("refused", rows(0, 0, 4), WILL, "Nothing in this file can be released."),
        ("refused", None, WAS, "Nothing was released."),
        ("released", None, WAS, "A table of statistics was released."),
    ],
)  # fmt: skip
def test_a_file_in_one_sentence(outcome, counts, tense, said):
    assert sentences.of_file(outcome, counts, tense) == said


@given(*[st.integers(0, 2000)] * 3)
def test_every_number_of_a_sentence_is_that_of_its_rows(released, reduced, withheld):
    counts = rows(released, reduced, withheld)
    said = sentences.of_file("reduced", counts)
    assert f"about {released + reduced:,} pupil" in said
    assert (f"{withheld:,} of {counts['total']:,} row" in said) == bool(withheld)


@pytest.mark.parametrize(
    ("state", "begins"),
    [
        ("checked", "Information about 1 pupil will be released."),
        ("released", "Information about 1 pupil will be released."),
        ("handed-over", "Information about 1 pupil was released."),
        ("void", "Nothing was released. Information about 1 pupil would have been released."),
        ("returned", "Nothing was released."),
        ("expired", "Nothing was released."),
        ("deleted", "Nothing was released."),
    ],
)
def test_of_a_release_that_came_to_an_end_it_does_not_say_that_it_will_go(state, begins):
    release = Release(state=state, decision={"outcome": "released", "rows": rows(1)})
    assert sentences.of_release(release).startswith(begins)


@pytest.mark.parametrize(
    ("on_roll", "others", "said"),
    [
        (1, 0, "1 pupil"),
        (2, 0, "2 pupils"),
        (1, 1, "2 people (of whom 1 is not identified in our pupil records)"),
        (1, 2, "3 people (of whom 2 are not identified in our pupil records)"),
        (0, 1, "1 person who is not identified in our pupil records"),
        (0, 2, "2 people none of whom is identified in our pupil records"),
    ],
)
def test_about_how_many_people(on_roll, others, said):
    assert sentences.about_whom(on_roll, others) == said


def test_no_agreement_named_is_not_an_agreement_that_does_not_exist():
    assert sentences.of_reason("no-agreement", "") == "No agreement was selected."
    assert sentences.of_reason("no-agreement", "WIG-X") == Reason.NO_AGREEMENT.sentence


def test_what_was_received_is_no_table_of_counts():
    received = Disclosure(
        direction="received", origin="received", means="email", outcome="released"
    )
    said = sentences.of_disclosure(received, {})
    assert said == "We received information from an unknown organisation by email."
