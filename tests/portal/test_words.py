"""Names, headings and days, made comparable."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_portal import days
from privacy_portal.names import folded_heading, folded_name, person_key
from privacy_portal.ui.environment import year_group


@pytest.mark.parametrize(
    "name", ["O'Connor-Müller", "OCONNOR MULLER", "o’connor  muller", "O‘Connor–Mu\u0308ller"]
)
def test_names_differ_in_nothing_that_spelling_varies_in(name):
    assert folded_name(name) == "oconnormuller"


@pytest.mark.parametrize(
    ("name", "folded"), [("Łukasz", "lukasz"), ("Ærøe", "aeroe"), ("Weiß", "weiss")]
)
def test_strokes_and_ligatures_fold(name, folded):
    assert folded_name(name) == folded


@given(st.text())
def test_folding_twice_is_folding_once(name):
    assert folded_name(folded_name(name)) == folded_name(name) or not name.isascii()
    assert folded_heading(folded_heading(name)) == folded_heading(name) or not name.isascii()


def test_one_person_however_written():
    assert person_key(" ben  BARLOW ") == person_key("Ben Barlow")
    assert person_key("Ben Barlow") != person_key("Bob Barlow")


@pytest.mark.parametrize(
    "text", ["2012-05-31", "31/05/2012", "31/5/2012", " 31.05.2012 ", "31-05-2012"]
)
def test_days_in_iso_and_british_form(text):
    assert days.read_day(text) == date(2012, 5, 31)


@pytest.mark.parametrize(
    "text", ["", "05/31/2012", "2012-02-30", "31/05/12", "31 May 2012", "31/05-2012"]
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
    ("group", "words"),
    [
        ("0", "Reception"), ("R", "Reception"), ("9", "Year 9"), ("09", "Year 9"),
        ("N1", "Nursery"), ("", ""), ("Oak", "Oak"),
    ],
)  # fmt: skip
def test_a_year_group_as_people_say_it(group, words):
    assert year_group(group) == words
