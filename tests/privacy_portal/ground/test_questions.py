"""Questions on public pages: what people type is understood, and what is wrong is said in our words."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from privacy_portal.ground.ui.components import component
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    EmailAddressField,
    LinesField,
    PhoneField,
    RadiosField,
    TextField,
)
from privacy_portal.ground.ui.questions import Question

BORN = DayField(missing="Enter the date of birth")


@pytest.mark.parametrize("month", ["3", "03", "Mar", "mar.", "MARCH", " march "])
def test_a_month_may_be_a_number_or_a_name(month):
    assert BORN.clean(["17", month, "2012"]) == date(2012, 3, 17)


def test_every_month_is_known_by_its_name_and_its_first_letters():
    for number in range(1, 13):
        first = date(2012, number, 1)
        for name in (f"{first:%B}", f"{first:%b}"):
            assert BORN.clean(["1", name, "2012"]) == first
    assert BORN.clean(["1", "sept", "2012"]) == date(2012, 9, 1)


@pytest.mark.parametrize("month", ["ma", "mars", "13", "m3", "marchh"])
def test_what_is_no_month_is_asked_about(month):
    with pytest.raises(ValidationError, match=r"must be a (date like 27 3 2011|real date)"):
        BORN.clean(["17", month, "2012"])


@pytest.mark.parametrize(
    "parts", [["9999999999", "1", "2026"], ["1", "9999999999", "2026"], ["31", "2", "2026"]]
)
def test_a_day_that_is_on_no_calendar_is_no_real_date(parts):
    with pytest.raises(ValidationError, match="must be a real date"):
        BORN.clean(parts)


@pytest.mark.parametrize("year", ["0001", "0000", "12", "20266"])
def test_a_year_has_four_numbers_and_not_00_first(year):
    with pytest.raises(ValidationError, match="with 4 numbers for the year"):
        BORN.clean(["1", "1", year])


@pytest.mark.parametrize("year", ["0100", "1899", "2200", "9999"])
def test_a_year_is_one_that_can_be_meant(year):
    with pytest.raises(ValidationError, match="must be in a year from 1900 to 2199"):
        BORN.clean(["1", "1", year])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Ella\tBarlow", "Ella Barlow"), (" Ella\r\nBarlow\n", "Ella Barlow"),
        ("ok\u202egpj", "okgpj"), ("a\x1f\x9fb\ufffe", "ab"), ("\u2066\ufdd0", ""),
        ("Zoë O’Neill", "Zoë O’Neill"), ("می\u200cخواهم", "می\u200cخواهم"), ("👩\u200d👧", "👩\u200d👧"),
    ],
)  # fmt: skip
def test_a_line_holds_nothing_that_nobody_can_see(typed, text):
    assert TextField("Name", required=False).clean(typed) == text


NOTHING = ["\u200b", "\u2800 \u3164", "\u202e\u200b\n\u2800", "\ufeff\xad", "\U000e0041"]


@pytest.mark.parametrize("typed", NOTHING)
@pytest.mark.parametrize("kind", [TextField, LinesField, PhoneField])
def test_what_shows_as_nothing_is_no_answer(kind, typed):
    with pytest.raises(ValidationError, match="Enter it"):
        kind("It", missing="Enter it").clean(typed)
    assert kind("It").clean(typed) == ""


def test_lines_stay_lines():
    field = LinesField("It", max_length=100)
    assert field.clean("a\r\n\tb\u202e\x1f\u2028c\n") == "a\r\n\tb\nc"
    assert field.clean("می\u200cخواهم") == "می\u200cخواهم"


class Reach(Question):
    name = TextField("Your full name", required=True, max_length=1_200)
    email = EmailAddressField()
    phone = PhoneField("Phone")


def test_a_phone_shows_the_keyboard_that_the_answer_needs():
    form = Reach(answers={})
    assert [component(bound)[1]["type"] for bound in form] == ["text", "email", "tel"]


def test_what_one_page_changes_of_its_fields_no_other_page_sees():
    class Who(Question):
        by = RadiosField("Who are you?", choices=[("a", "A"), ("b", "B")], hints={"a": "First"})

    first, second = Who(answers={}), Who(answers={})
    first.fields["by"].hints = {**first.fields["by"].hints, "b": "Second"}
    [_, item] = component(second["by"])[1]["items"]
    assert item == {"value": "b", "text": "B", "checked": False}


def test_a_long_answer_is_refused_in_plain_words():
    form = Reach({"name": "x" * 1_201, "email": "a@example.org"}, answers={})
    assert form.errors == {"name": ["Your full name must be 1,200 characters or fewer"]}


def test_a_page_has_the_title_that_its_heading_has():
    assert Reach(answers={}).title == "Your full name"
