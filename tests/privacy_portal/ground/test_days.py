"""Days as people write them, and as London has them."""

from datetime import UTC, date, datetime

import pytest

from privacy_portal.ground import days
from privacy_portal.ground.ui.environment import moment


@pytest.mark.parametrize(
    "text", ["2012-05-31", "31/05/2012", "31/5/2012", " 31.05.2012 ", "31-05-2012"]
)
def test_days_in_iso_and_british_form(text):
    assert days.read_day(text) == date(2012, 5, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "05/31/2012",
        "2012-02-30",
        "31/05/12",
        "31 May 2012",
        "31/05-2012",
        "0001-01-01",
        "1/1/0001",
    ],
)
def test_what_is_no_day(text):
    assert days.read_day(text) is None


def test_days_are_those_of_london():
    assert days.day_of(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert days.day_of(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)


def test_seven_days_later_is_the_same_time_of_day_when_the_clocks_change():
    received = days.start_of(date(2026, 10, 20))
    assert days.days_later(received, 7) == days.start_of(date(2026, 10, 27))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 3, 1, 14, 5, tzinfo=UTC), "1 March 2026 at 2:05pm"),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "1 July 2026 at midday"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "2 July 2026 at 12:30am"),
        (None, ""),
    ],
)
def test_a_moment_reads_as_londons_clock_has_it(at, text):
    assert moment(at) == text
