"""When a pupil's details are erased (R2): never early, whatever the dates, and never while something is open."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.age_rules import attained
from consent.keeping_rules import (
    SENTENCES,
    KeepingTimes,
    KeptPupil,
    Matter,
    Reason,
    over_on,
    reasons_to_keep,
)

TIMES = KeepingTimes(birthday=25, left=6)
BORN, LEFT = date(1999, 2, 17), date(2016, 7, 22)
BIRTHDAY = date(2024, 2, 17)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 31))
PUPILS = st.builds(
    KeptPupil, DAYS, st.none() | DAYS, st.frozensets(st.sampled_from(Matter), max_size=2)
)
ALL_TIMES = st.builds(KeepingTimes, st.integers(25, 35), st.integers(1, 15))


@pytest.mark.parametrize(
    ("born", "left_on", "on", "reasons"),
    [
        (BORN, LEFT, BIRTHDAY, []),
        (BORN, LEFT, BIRTHDAY - timedelta(days=1), [Reason.BIRTHDAY]),
        (BORN, None, date(2060, 1, 1), [Reason.ON_ROLL]),
        (BORN, date(2020, 7, 22), date(2026, 7, 21), [Reason.LEFT]),
        (BORN, date(2020, 7, 22), date(2026, 7, 22), []),
        (date(2000, 2, 29), LEFT, date(2025, 2, 28), [Reason.BIRTHDAY]),
        (date(2000, 2, 29), LEFT, date(2025, 3, 1), []),
        (date(2020, 1, 1), date(2026, 7, 22), date(2026, 11, 23), [Reason.BIRTHDAY, Reason.LEFT]),
        (BORN, date(2026, 12, 1), date(2026, 11, 23), [Reason.ON_ROLL]),
    ],
)
def test_the_later_of_the_birthday_and_the_years_since_leaving_counts(born, left_on, on, reasons):
    assert reasons_to_keep(KeptPupil(born, left_on), TIMES, on) == reasons


@pytest.mark.parametrize("matter", Matter)
@pytest.mark.parametrize("wished", [False, True])
def test_nothing_is_erased_while_something_is_open(matter, wished):
    pupil = KeptPupil(BORN, LEFT, frozenset({matter}))
    assert reasons_to_keep(pupil, TIMES, date(2060, 1, 1), wished=wished) == [matter]


def test_a_wish_counts_for_a_child_who_has_left_at_any_age_and_for_nobody_on_a_roll():
    child = date(2015, 1, 1)
    assert reasons_to_keep(KeptPupil(child, LEFT), TIMES, date(2016, 8, 1), wished=True) == []
    on_roll = KeptPupil(child, None)
    assert reasons_to_keep(on_roll, TIMES, date(2016, 8, 1), wished=True) == [Reason.ON_ROLL]


@given(PUPILS, ALL_TIMES, DAYS, st.booleans())
def test_whoever_is_erased_has_left_and_nothing_is_open(pupil, times, on, wished):
    if reasons_to_keep(pupil, times, on, wished=wished):
        return
    assert pupil.left_on is not None
    assert pupil.left_on <= on
    assert not pupil.open
    if not wished:
        assert attained(times.birthday, pupil.born, on)
        assert attained(times.left, pupil.left_on, on)


@given(PUPILS, ALL_TIMES, DAYS)
def test_the_day_on_which_the_time_is_over_is_the_first_without_a_reason(pupil, times, on):
    day = over_on(pupil, times)
    kept = set(reasons_to_keep(pupil, times, on)) - pupil.open
    assert (day is None or on < day) == bool(kept)


@given(PUPILS, ALL_TIMES, DAYS, st.integers(0, 5000))
def test_what_is_erased_on_a_day_would_be_on_every_later_one(pupil, times, on, later):
    if not reasons_to_keep(pupil, times, on):
        assert not reasons_to_keep(pupil, times, on + timedelta(days=later))


def test_on_the_day_on_which_they_leave_they_have_left():
    pupil = KeptPupil(BORN, LEFT)
    assert reasons_to_keep(pupil, TIMES, LEFT, wished=True) == []
    assert reasons_to_keep(pupil, TIMES, LEFT - timedelta(days=1), wished=True) == [Reason.ON_ROLL]


def test_what_is_open_is_always_said_in_the_same_order():
    pupil = KeptPupil(BORN, LEFT, frozenset(Matter))
    assert reasons_to_keep(pupil, TIMES, BIRTHDAY) == sorted(Matter)


def test_each_reason_has_its_sentence():
    assert set(SENTENCES) == {*Reason, *Matter}
