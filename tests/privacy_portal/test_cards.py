"""In which group of the start page a task stands, and in which order."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from privacy_portal.cards import Card, Line, When, due_at, due_on, grouped
from privacy_portal.ground.days import LONDON, start_of
from tests.example import NOON

TODAY = NOON.date()


@pytest.mark.parametrize(
    ("days", "when"),
    [(-400, When.OVERDUE), (-1, When.OVERDUE), (0, When.SOON), (6, When.SOON), (7, When.LATER)],
)
def test_what_is_due_on_a_day_is_overdue_once_the_day_is_over(days, when):
    line = due_on(Line("x"), TODAY + timedelta(days=days), NOON)
    assert (line.when, line.due) == (when, TODAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("hours", "when"),
    [(-1, When.OVERDUE), (0, When.OVERDUE), (1, When.SOON), (168, When.SOON), (169, When.LATER)],
)
def test_what_is_due_at_an_instant_is_overdue_from_then_on(hours, when):
    assert due_at(Line("x"), NOON + timedelta(hours=hours), NOON).when is when


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(-40, 40))
def test_nothing_becomes_less_urgent_as_time_goes_by(naive, days):
    at = naive.replace(tzinfo=LONDON)
    due = at.date() + timedelta(days=days)
    order = list(When)
    now, later = (order.index(due_on(Line(), due, at + timedelta(days=n)).when) for n in (0, 3))
    assert later <= now
    assert (now == 0) == (at >= start_of(due + timedelta(days=1)))


def test_groups_stand_by_urgency_and_in_each_what_is_for_the_person_first():
    cards = [
        Card("A", [Line("a1"), Line("a2", when=When.OVERDUE)]),
        Card("B", [Line("b", when=When.LATER)], mine=True),
        Card("C", [Line("c", when=When.OVERDUE, due=date(2026, 1, 1))], mine=True),
        Card("D", [Line("d")], task=False),
    ]
    groups = grouped(cards)
    assert [(when, [task.line.text for task in group]) for when, group in groups.items()] == [
        (When.OVERDUE, ["c", "a2"]),
        (When.LATER, ["b", "a1"]),
    ]
    assert [task.heading for group in groups.values() for task in group] == ["C", "A", "B", "A"]
    assert grouped([]) == {}
