"""Tests which record is which child’s (docs/rulebook.md, C6), by examples and properties."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.identity_rules import (
    Identity,
    IdentityPart,
    can_be_born,
    differing,
    exchanging,
    left_recently,
    linked,
    may_be_another,
    parents_alone,
    possible_same_child,
    standing_together,
)
from consent.rules import Choice, DecidedBy, Decision, Default, Scheme, standing
from tests.consent.strategies import unwilling

ON = date(2026, 11, 23)
ANN = Identity("lee", "ann", date(2012, 5, 5))
BEA = Identity("lee", "bea", date(2012, 5, 5))
CAT = Identity("lee", "cat", date(2012, 5, 5))
days = st.dates(date(1890, 1, 1), date(2100, 1, 1))
identities = st.builds(
    Identity, st.sampled_from(["lee", "khan"]), st.sampled_from(["ann", "bea", "cat"]),
    st.sampled_from([date(2012, 5, 5), date(2013, 1, 1)]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("born", "group", "can"),
    [
        (date(2026, 11, 23), "", True),
        (date(2026, 11, 24), "", False),
        (date(1995, 11, 24), "", True),
        (date(1994, 11, 24), "", True),
        (date(1994, 11, 23), "", False),
        (date(1992, 4, 14), "29", True),
        (date(1992, 4, 14), "9", False),
        (date(1992, 4, 14), "R", False),
        # Aged 34, so of year 30: five years more or less are let pass.
        (date(1992, 4, 14), "25", True),
        (date(1992, 4, 14), "24", False),
        (date(1992, 4, 14), "35", True),
        (date(1992, 4, 14), "36", False),
        (date(1922, 4, 14), "100", False),
        (date(211, 3, 4), "29", False),
        (date(2211, 3, 4), "", False),
    ],
)
def test_a_pupil_is_0_to_30_years_old_or_31_or_a_former_one_by_the_year_group(born, group, can):
    assert can_be_born(born, ON, group) is can


@given(days, days)
def test_a_date_of_birth_without_a_year_group_is_within_32_years_of_the_day(born, on):
    within = timedelta(0) <= on - born < timedelta(days=32 * 365.25 + 2)
    assert within or not can_be_born(born, on)


def test_one_detail_may_change_and_two_may_be_another_child():
    assert not may_be_another(ANN, BEA)
    assert may_be_another(ANN, Identity("khan", "bea", ANN.born))
    assert may_be_another(ANN, Identity("khan", "ann", date(2012, 5, 6)))
    assert differing(ANN, Identity("khan", "ann", date(2012, 5, 6))) == (
        IdentityPart.SURNAME,
        IdentityPart.BORN,
    )


@given(identities, identities)
def test_whether_it_may_be_another_child_is_the_same_both_ways(one, other):
    assert may_be_another(one, other) == may_be_another(other, one)
    assert may_be_another(one, other) == (len(differing(one, other)) >= 2)
    assert possible_same_child(one, other) == (not differing(one, other))


def test_twins_are_no_possible_same_child():
    assert possible_same_child(ANN, Identity("lee", "ann", ANN.born))
    assert not possible_same_child(ANN, BEA)


def test_names_that_are_exchanged_are_found_in_twos_and_threes():
    assert exchanging({1: (ANN, BEA), 2: (BEA, ANN)}) == {1, 2}
    assert exchanging({1: (ANN, BEA), 2: (BEA, CAT), 3: (CAT, ANN), 4: (ANN, ANN)}) == {1, 2, 3}


def test_a_name_handed_on_in_a_line_is_no_exchange():
    dan = Identity("lee", "dan", ANN.born)
    assert exchanging({1: (ANN, BEA), 2: (BEA, CAT), 3: (CAT, dan)}) == set()
    # Two circles and a row between them: the row takes part in neither.
    eve, fay = Identity("lee", "eve", ANN.born), Identity("lee", "fay", ANN.born)
    rows = {1: (ANN, BEA), 2: (BEA, ANN), 3: (BEA, eve), 4: (eve, fay), 5: (fay, eve)}
    assert exchanging(rows) == {1, 2, 4, 5}


def test_a_column_of_names_that_slipped_by_a_row_is_one_large_circle():
    people = [Identity("lee", str(number), ANN.born) for number in range(3_000)]
    slipped = {at: (each, people[at - 1]) for at, each in enumerate(people)}
    assert exchanging(slipped) == set(slipped)


@given(st.dictionaries(st.integers(0, 6), st.tuples(identities, identities), max_size=7))
def test_who_exchanges_names_can_be_followed_round_and_back(changes):
    found = exchanging(changes)
    for number in changes:
        before, after = changes[number]
        reached, begun = set(), {after.name}
        while begun:
            reached |= begun
            begun = {new.name for old, new in changes.values() if old.name in begun} - reached
        assert (number in found) == (before.name != after.name and before.name in reached)


def test_a_record_is_compared_for_a_year_after_its_pupil_left():
    assert left_recently(date(2025, 11, 23), ON)
    assert not left_recently(date(2025, 11, 22), ON)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(9, 15)), max_size=10))
def test_records_of_open_questions_hang_together(pairs):
    groups = linked(pairs)
    assert set(groups) == {record for pair in pairs for record in pair}
    for one, other in pairs:
        assert groups[one] == groups[other] >= {one, other}
    for record, group in groups.items():
        assert record in group
        assert all(groups[each] == group for each in group)


decided_at = st.integers(0, 60).map(lambda day: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day))
decisions = st.lists(
    st.builds(
        Decision, choice=st.sampled_from([Choice.OPT_OUT, Choice.OPT_IN]),
        by=st.sampled_from(DecidedBy), person=st.sampled_from(["ben", "cy"]), received=decided_at,
        order=st.integers(0, 9), verified=st.booleans(), invalid=st.booleans(),
    ),
    max_size=4,
)  # fmt: skip


@given(decisions, decisions)
def test_whom_parents_alone_opted_out_is_opted_out_and_decided_nowhere(own, others):
    scheme = Scheme("x", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
    at = datetime(2026, 12, 1, tzinfo=UTC)
    born = date(2009, 1, 1)
    if parents_alone(scheme, born, own, others, at):
        assert standing_together(scheme, born, own, others, at).opted_out
        counting = standing(scheme, born, [*own, *others], at).deciding
        assert not any(each.by is DecidedBy.PUPIL for each in counting)
    by_pupil = standing(scheme, born, own, at).deciding
    if by_pupil and all(each.by is DecidedBy.PUPIL for each in by_pupil):
        assert not parents_alone(scheme, born, own, others, at)


@given(decisions, decisions, unwilling)
def test_a_childs_unwillingness_is_aside_where_parents_alone_are_asked_about(own, others, refusal):
    scheme = Scheme("x", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
    at, born = datetime(2026, 12, 1, tzinfo=UTC), date(2009, 1, 1)
    alone = parents_alone(scheme, born, own, others, at)
    assert parents_alone(scheme, born, [*own, refusal], others, at) == alone
    assert parents_alone(scheme, born, own, [*others, refusal], at) == alone


SCHEME = Scheme("x", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
AT = datetime(2026, 12, 1, tzinfo=UTC)


def decided(choice, by, day, order, person="ben"):
    received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(day)
    return Decision(choice, by, person, received, order)


PARENT_OUT = decided(Choice.OPT_OUT, DecidedBy.PARENT, 1, 1)
PARENT_IN = decided(Choice.OPT_IN, DecidedBy.PARENT, 20, 2)
OTHER_PARENT_OUT = decided(Choice.OPT_OUT, DecidedBy.PARENT, 1, 3, "cy")
PUPIL_OUT = decided(Choice.OPT_OUT, DecidedBy.PUPIL, 2, 4)
PUPIL_IN = decided(Choice.OPT_IN, DecidedBy.PUPIL, 30, 5)


class TestTwoRecordsThatMayBeOfOneChild:
    """C6b: what was decided about the record, and about the other."""

    @pytest.mark.parametrize(
        ("own", "others", "opted_out", "by_parents_alone"),
        [
            ([], [], False, False),
            ([PARENT_OUT], [], True, True),
            ([], [PARENT_OUT], True, True),
            ([PARENT_OUT], [OTHER_PARENT_OUT], True, True),
            # A parent who agreed about the other record: the record's own opt-out stays.
            ([PARENT_OUT], [PARENT_IN], True, True),
            ([PARENT_IN], [PARENT_OUT], False, False),
            ([PARENT_IN], [OTHER_PARENT_OUT], True, True),
            ([PUPIL_OUT], [], True, False),
            ([], [PUPIL_OUT], True, False),
            ([PUPIL_OUT], [PUPIL_IN], True, False),
            ([PUPIL_IN], [PUPIL_OUT], False, False),
            # A pupil who agreed about the other record: parents opted out, yet not alone.
            ([PARENT_OUT], [PUPIL_IN], True, False),
            ([PUPIL_IN], [PARENT_OUT], False, False),
            ([PARENT_OUT], [PUPIL_OUT], True, False),
        ],
    )
    def test_which_decides(self, own, others, opted_out, by_parents_alone):
        born = date(2009, 1, 1)
        together = standing_together(SCHEME, born, own, others, AT)
        assert together.opted_out is opted_out
        assert parents_alone(SCHEME, born, own, others, AT) is by_parents_alone
        if not others:
            assert together == standing(SCHEME, born, own, AT)

    def test_what_decides_is_named(self):
        born = date(2009, 1, 1)
        both = standing_together(SCHEME, born, [PARENT_OUT], [OTHER_PARENT_OUT], AT)
        assert set(both.deciding) == {PARENT_OUT, OTHER_PARENT_OUT}
        alone = standing_together(SCHEME, born, [PARENT_OUT], [PARENT_IN], AT)
        assert alone.deciding == (PARENT_OUT,)
        neither = standing_together(SCHEME, born, [PARENT_IN], [], AT)
        assert neither.deciding == (PARENT_IN,)
