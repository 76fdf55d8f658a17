"""Pages of a list that begin where another ended."""

import json
from itertools import chain
from urllib.parse import parse_qsl

import pytest
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Length
from hypothesis import given, strategies as st

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.ui.keyset import Key, Order, batches, keyset_page
from tests.factories.ground import OfficerFactory

BY_NAME = Order("name", "Name", (Key("name", str), Key("id")))
LONGEST = Order(
    "longest",
    "Longest name first",
    (Key("letters", expression=Coalesce(Length(F("name")), Value(0))), Key("id")),
    descending=True,
)
ORDERS = pytest.mark.parametrize("order", [BY_NAME, LONGEST], ids=lambda order: order.name)


@pytest.fixture
def people(db):
    """Eleven people, of whom most share a name, or its length, with others."""
    for name in ("Ada", "Ada", "Bo", "Cyd", "Ada", "Bo", "Ada", 'Æ’"[1]', "Ada", "Bo", "Zoë"):
        OfficerFactory(name=name)
    return User.objects.all()


def page_at(people, order, place, size=3):
    return keyset_page(people, order, dict(parse_qsl(place, keep_blank_values=True)), size)


def walk(people, order, place, towards):
    """The pages from the one at a place on, following its links."""
    pages = []
    while place is not None:
        page = page_at(people, order, place)
        pages.append([person.pk for person in page.object_list])
        place = getattr(page, towards)
    return pages


def in_order(people, order):
    return [person.pk for person in order.sort(people)]


@ORDERS
def test_each_row_stands_on_one_page_whichever_way_they_are_read(people, order):
    """Rows with the same first key stay in one order, so none is skipped or comes twice."""
    forwards = walk(people, order, "", "next")
    assert list(chain(*forwards)) == in_order(people, order)
    assert [len(page) for page in forwards] == [3, 3, 3, 2]
    last = page_at(people, order, "").last
    backwards = walk(people, order, last, "previous")
    *others, start = backwards
    assert list(chain(*reversed(others))) == in_order(people, order)[2:]
    assert start == in_order(people, order)[:3], "the first page is a whole one, not what is left"


@ORDERS
def test_a_page_links_to_where_it_is_not(people, order):
    first = page_at(people, order, "")
    assert (first.previous, first.first) == (None, None)
    middle = page_at(people, order, first.next)
    assert (middle.first, bool(middle.last)) == ("", True)
    last = page_at(people, order, middle.last)
    assert (last.next, last.last, last.first) == (None, None, "")
    whole = page_at(people, order, "", size=11)
    assert not whole.has_other_pages
    assert page_at(people.none(), order, "").object_list == []


@ORDERS
@pytest.mark.parametrize("size", [1, 4, 11, 50])
def test_all_rows_are_read_in_batches(people, order, size):
    read = list(batches(people, order, size))
    assert [person.pk for batch in read for person in batch] == in_order(people, order)
    assert all(len(batch) == size for batch in read[:-1])


def test_a_row_that_is_added_moves_none_to_another_page(people):
    first = page_at(people, BY_NAME, "")
    OfficerFactory(name="Aa")
    after = page_at(people, BY_NAME, first.next)
    assert [person.pk for person in after.object_list] == in_order(people, BY_NAME)[4:7]


def test_before_the_second_page_stands_a_whole_first_page(people):
    """Also when rows went meanwhile, or the place is in the middle of it."""
    second = in_order(people, BY_NAME)[1]
    place = f'before=["Ada",{second}]'
    page = page_at(people, BY_NAME, place)
    assert [person.pk for person in page.object_list] == in_order(people, BY_NAME)[:3]
    assert page.previous is None


def test_a_place_past_the_end_is_the_last_page(people):
    page = page_at(people, BY_NAME, 'after=["鿿",1]')
    assert [person.pk for person in page.object_list] == in_order(people, BY_NAME)[-3:]
    assert page.next is None


@pytest.mark.parametrize(
    "place",
    [
        "page=7", "after=", "after=x", "after=7", "after=[]", 'after=["Ada"]', 'after=["Ada",null]',
        'after=["Ada",true]', 'after=["Ada",1,2]', "after=[1,1]", 'after=["A\\u0000",1]',
        'after=["Ada",99999999999999999999]', "before=x", f"after={'[' * 9_999}",
    ],
)  # fmt: skip
def test_what_names_no_place_is_the_first_page(people, place):
    page = page_at(people, BY_NAME, place)
    assert [person.pk for person in page.object_list] == in_order(people, BY_NAME)[:3]


@given(st.lists(st.one_of(st.integers(), st.text(), st.none(), st.booleans(), st.floats())))
def test_only_values_of_the_keys_kinds_name_a_place(values):
    read = BY_NAME.read(json.dumps(values))
    kinds = [type(value) for value in values]
    assert read is None or (kinds == [str, int] and read == values)


def test_a_page_is_one_query_and_skips_nothing(people, django_assert_num_queries):
    first = page_at(people, LONGEST, "")
    with django_assert_num_queries(1) as queries:
        page_at(people, LONGEST, first.next)
    assert "OFFSET" not in queries[0]["sql"]
    assert "COUNT(*)" not in queries[0]["sql"].upper()
