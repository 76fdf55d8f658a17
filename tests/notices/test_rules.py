"""Which version is in force and what keeps a draft from being published (rulebook N)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from notices import rules
from notices.rules import (
    Draft,
    DraftLine,
    DraftSection,
    Element,
    Notice,
    OfferedScheme,
    Place,
    Surroundings,
    Version,
    in_force,
    last_day,
)

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
versions = st.lists(
    st.builds(
        Version,
        number=st.integers(1, 5),
        published=st.booleans(),
        effective_from=st.none() | st.dates(TODAY - 9 * DAY, TODAY + 9 * DAY),
    ),
    max_size=6,
    unique_by=lambda version: version.number,
)


@given(versions)
def test_the_last_day_is_the_last_on_which_a_version_is_in_force(versions):
    period = [TODAY + place * DAY for place in range(-9, 11)]
    for version in filter(lambda version: version.published, versions):
        days = [day for day in period if in_force(versions, day) is version]
        ended = days and days[-1] != period[-1]
        assert last_day(version, versions) == (days[-1] if ended else None)


class TestInForce:
    @given(versions)
    def test_the_latest_published_version_that_reached_its_day(self, versions):
        reached = [
            version
            for version in versions
            if version.published and version.effective_from and version.effective_from <= TODAY
        ]
        latest = max(reached, key=lambda each: (each.effective_from, each.number), default=None)
        assert in_force(versions, TODAY) == latest

    @given(versions)
    def test_a_version_that_waits_changes_nothing_today(self, versions):
        waits = Version(9, True, TODAY + DAY)
        assert in_force([*versions, waits], TODAY) == in_force(versions, TODAY)

    @pytest.mark.parametrize(
        ("published", "effective_from", "holds"),
        [
            (True, TODAY, True),
            (True, TODAY - DAY, True),
            (True, TODAY + DAY, False),
            (True, None, False),
            (False, TODAY, False),
        ],
    )
    def test_one_version_alone(self, published, effective_from, holds):
        version = Version(1, published, effective_from)
        assert in_force([version], TODAY) == (version if holds else None)

    def test_on_a_tie_the_higher_number_and_else_the_later_day(self):
        first, second = Version(1, True, TODAY), Version(2, True, TODAY)
        assert in_force([second, first], TODAY) is second
        assert in_force([first, replace(second, effective_from=TODAY - DAY)], TODAY) is first


def test_a_notice_names_a_recipient_with_a_purpose_and_lists_items_for_it():
    notice = Notice("pupils", 3, {("cnx", "careers"): frozenset({"name", "age"})})
    assert notice.reference == "pupils/3"
    assert notice.names("cnx", "careers")
    assert not notice.names("cnx", "health")
    assert notice.items("cnx", "careers") == {"name", "age"}
    assert notice.items("nhs", "careers") == frozenset()


LINE = DraftLine(7, "cnx", "Careers service", frozenset({"careers"}), frozenset({"name"}), "")
SCHEME = OfferedScheme("connexions", "Careers advice", frozenset({"careers"}))
COMPLETE = Draft(
    TODAY,
    "The careers service is new.",
    (
        *(DraftSection(element, "", False) for element in rules.REQUIRED_ELEMENTS),
        DraftSection(Element.OPT_OUT, "connexions", False),
    ),
    {},
    (LINE,),
)
AROUND = Surroundings({"cnx": SCHEME}, frozenset({"cnx"}))


def missing(draft=COMPLETE, around=AROUND):
    return [(each.place, each.key) for each in rules.missing(draft, around, TODAY)]


class TestMissing:
    """N3: a complete draft, of which one thing is left out."""

    def test_nothing_of_a_complete_draft(self):
        assert missing() == []

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"effective_from": None}, "effective_from"),
            ({"effective_from": TODAY - DAY}, "effective_from"),
            ({"summary": ""}, "summary"),
            ({"summary": " \n "}, "summary"),
        ],
    )
    def test_the_day_and_what_has_changed(self, change, key):
        assert missing(replace(COMPLETE, **change)) == [(Place.DETAILS, key)]

    def test_a_day_to_come_is_right(self):
        assert missing(replace(COMPLETE, effective_from=TODAY + DAY)) == []

    @given(
        st.sets(st.sampled_from(rules.REQUIRED_ELEMENTS)),
        st.sets(st.sampled_from(rules.REQUIRED_ELEMENTS)),
        st.sets(st.sampled_from(rules.REQUIRED_ELEMENTS)),
        st.sampled_from(["It rests on no such thing.", " x "]),
    )
    def test_exactly_the_elements_that_nothing_tells_and_no_reason_excuses(
        self, told, blank, marked, reason
    ):
        sections = [DraftSection(each, "", True) for each in blank]
        sections += [DraftSection(each, "", False) for each in told]
        unexplained = dict.fromkeys(set(Element) - marked, "  ")
        draft = Draft(TODAY, "s", tuple(sections), unexplained | dict.fromkeys(marked, reason), ())
        expected = [each for each in rules.REQUIRED_ELEMENTS if each not in told | marked]
        assert missing(draft, Surroundings({}, frozenset())) == [
            (Place.ELEMENT, each) for each in expected
        ]

    def test_every_element_but_two_is_required(self):
        assert set(Element) - set(rules.REQUIRED_ELEMENTS) == {Element.OPT_OUT, Element.OTHER}

    @pytest.mark.parametrize(
        ("change", "agreed", "faults"),
        [
            ({}, {"cnx"}, 0),
            ({"purposes": frozenset()}, {"cnx"}, 1),
            ({"items": frozenset()}, {"cnx"}, 1),
            ({}, {"nhs"}, 1),
            ({"legal_duty": "Education Act 1996, s. 507B"}, {"nhs"}, 0),
            ({"legal_duty": "  "}, {"nhs"}, 1),
            ({"purposes": frozenset(), "items": frozenset()}, set(), 3),
        ],
    )
    def test_a_line_needs_purposes_items_and_an_agreement_or_a_legal_duty(
        self, change, agreed, faults
    ):
        draft = replace(COMPLETE, lines=(replace(LINE, **change),))
        around = Surroundings({}, frozenset(agreed))
        assert missing(draft, around) == [(Place.LINE, "7")] * faults

    @pytest.mark.parametrize("scheme_purposes", [{"careers"}, {"careers", "health"}, set()])
    def test_a_scheme_needs_a_section_that_explains_it(self, scheme_purposes):
        scheme = replace(SCHEME, purposes=frozenset(scheme_purposes))
        around = replace(AROUND, schemes={"cnx": scheme})
        assert missing(around=around) == []
        for opt_outs in (
            (),
            (DraftSection(Element.OPT_OUT, "connexions", True),),
            (DraftSection(Element.OPT_OUT, "other", False),),
        ):
            draft = replace(COMPLETE, sections=(*COMPLETE.sections[:-1], *opt_outs))
            assert missing(draft, around) == [(Place.SCHEME, "connexions")]

    def test_a_scheme_for_other_purposes_or_another_recipient_needs_none(self):
        draft = replace(COMPLETE, sections=COMPLETE.sections[:-1])
        other = replace(SCHEME, purposes=frozenset({"health"}))
        assert missing(draft, replace(AROUND, schemes={"cnx": other})) == []
        assert missing(draft, replace(AROUND, schemes={"nhs": SCHEME})) == []

    def test_the_purposes_of_all_lines_of_a_recipient_count(self):
        health = replace(LINE, key=8, purposes=frozenset({"health"}))
        draft = replace(COMPLETE, sections=COMPLETE.sections[:-1], lines=(LINE, health))
        assert missing(draft) == [(Place.SCHEME, "connexions")]
        assert missing(replace(draft, lines=(health, LINE))) == [(Place.SCHEME, "connexions")]
        assert missing(replace(draft, lines=(health,))) == []

    def test_the_schemes_after_one_that_is_explained_are_looked_at(self):
        nhs = replace(LINE, key=8, recipient="nhs", purposes=frozenset({"health"}))
        around = Surroundings(
            {"cnx": SCHEME, "nhs": OfferedScheme("height", "Height", frozenset())},
            frozenset({"cnx", "nhs"}),
        )
        draft = replace(COMPLETE, lines=(LINE, nhs))
        assert missing(draft, around) == [(Place.SCHEME, "height")]
        unoffered = replace(LINE, key=6, recipient="fft")
        draft = replace(COMPLETE, lines=(unoffered, nhs))
        around = replace(around, agreed=frozenset({"fft", "nhs"}))
        assert missing(draft, around) == [(Place.SCHEME, "height")]

    def test_each_thing_that_is_missing_has_its_own_sentence(self):
        draft = Draft(
            TODAY - DAY, "", (), {},
            (replace(LINE, purposes=frozenset(), items=frozenset()),
             replace(LINE, purposes=frozenset({"careers"}))),
        )  # fmt: skip
        sentences = [
            each.sentence
            for each in rules.missing(draft, replace(AROUND, agreed=frozenset()), TODAY)
        ]
        assert len(set(sentences)) == len(sentences) - 1 == 2 + len(rules.REQUIRED_ELEMENTS) + 4


@pytest.mark.parametrize(
    ("last_editor", "by", "may"), [(1, 2, True), (1, 1, False), (None, 1, True)]
)
def test_whoever_last_edited_a_draft_cannot_publish_it(last_editor, by, may):
    assert rules.may_publish(last_editor, by) is may


@pytest.mark.parametrize(
    ("published", "effective_from", "may"),
    [
        (True, TODAY + DAY, True),
        (True, TODAY, False),
        (True, TODAY - DAY, False),
        (True, None, False),
        (False, TODAY + DAY, False),
    ],
)
def test_a_published_version_can_be_withdrawn_until_it_has_been_in_force(
    published, effective_from, may
):
    assert rules.may_withdraw(Version(1, published, effective_from), TODAY) is may


@pytest.mark.parametrize(
    ("code", "element"),
    [("dpo", Element.DPO), ("opt_out", Element.OPT_OUT), ("of-an-earlier-policy", None)],
)
def test_the_element_of_a_code(code, element):
    assert rules.element_of(code) is element


def test_every_element_has_its_sentence():
    assert set(rules.ELEMENT_SENTENCES) == set(Element)
