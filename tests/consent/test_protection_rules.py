"""On which days a pupil is protected (rulebook P1), and what parents are not told (P7)."""

from datetime import date, timedelta

import pytest

from consent.protection_rules import DayFault, Protection, day_fault, is_own_business, protected
from consent.rules import DecidedBy

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("protections", "on", "answer"),
    [
        ([], TODAY, False),
        ([Protection(TODAY)], TODAY, True),
        ([Protection(TODAY)], TODAY - DAY, False),
        ([Protection(TODAY)], TODAY + 4000 * DAY, True),
        ([Protection(TODAY, TODAY + DAY)], TODAY, True),
        ([Protection(TODAY, TODAY + DAY)], TODAY + DAY, False),
        ([Protection(TODAY, TODAY + DAY)], TODAY - DAY, False),
    ],
)
def test_a_pupil_is_protected_from_the_day_given_until_it_is_ended(protections, on, answer):
    assert protected(protections, on) is answer


def test_where_nobody_knows_since_when_a_pupil_was_protected_on_every_day():
    assert protected([Protection(None)], date.min)
    assert protected([Protection(None)], TODAY)
    assert protected([Protection(None, TODAY)], TODAY - DAY)
    assert not protected([Protection(None, TODAY)], TODAY)


def test_one_protection_that_lasts_is_enough():
    ended, lasting = Protection(None, TODAY - DAY), Protection(TODAY)
    assert protected([ended, lasting], TODAY)
    assert protected([lasting, ended], TODAY)
    assert not protected([ended, lasting], TODAY - DAY)


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (TODAY, None),
        (TODAY + DAY, DayFault.FUTURE),
        (date(2012, 5, 1), None),
        (date(2012, 4, 30), DayFault.BEFORE_BIRTH),
    ],
)
def test_nobody_dies_or_is_protected_after_today_or_before_birth(day, fault):
    assert day_fault(day, date(2012, 5, 1), TODAY) is fault


def test_a_birth_on_the_day_itself_is_no_fault_and_one_tomorrow_is():
    assert day_fault(TODAY, TODAY, TODAY) is None
    assert day_fault(TODAY, TODAY + DAY, TODAY) is DayFault.BEFORE_BIRTH


def test_from_16_the_pupils_own_decisions_are_told_to_no_parent():
    born = date(2010, 11, 23)
    assert is_own_business(DecidedBy.PUPIL, born, TODAY)
    assert is_own_business(DecidedBy.PUPIL, born, TODAY + DAY)
    assert not is_own_business(DecidedBy.PUPIL, born, TODAY - DAY)
    assert not is_own_business(DecidedBy.PARENT, born, TODAY)
