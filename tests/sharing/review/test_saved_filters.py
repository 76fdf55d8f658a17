"""Filters of the disclosure log that officers keep for themselves."""

import html
import re

import pytest

from sharing.models import SavedFilter
from sharing.review.desk import saved_filters

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(policy, client, officer):
    client.force_login(officer)
    return client


def save(client, name, query):
    return client.post("/staff/disclosures/filters/", {"name": name, "query": query}, follow=True)


def test_a_filter_is_saved_used_and_deleted(desk, officer):
    page = desk.get("/staff/disclosures/?recipient=connexions&sort=rows&words=&after=[7]").text
    query = html.unescape(re.search(r'name="query" value="([^"]*)"', page)[1])
    page = save(desk, "Careers", query).text
    assert "Filter saved" in page
    assert 'href="/staff/disclosures/?recipient=connexions&amp;sort=rows">Careers</a>' in page
    (kept,) = saved_filters.saved_filters(officer)
    page = desk.post(f"/staff/disclosures/filters/{kept.pk}/delete/", follow=True).text
    assert "Saved filter deleted" in page
    assert not SavedFilter.objects.exists()


def test_nobody_sees_or_deletes_those_of_another(desk, second_officer):
    other = saved_filters.save_filter(name="Mine", query="signed_off=no", by=second_officer)
    assert "Mine" not in desk.get("/staff/disclosures/").text
    desk.post(f"/staff/disclosures/filters/{other.pk}/delete/")
    assert SavedFilter.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize(
    ("name", "query", "refusal"),
    [
        ("", "outcome=refused", "Enter a name"),
        ("All", "", "Choose at least one filter"),
        ("All", "page=2&unknown=1&first_9=", "Choose at least one filter"),
        ("Wrong", "first_0=99&first_1=1&first_2=2026", "Choose at least one filter"),
        ("Long", "words=" + "%F0%9F%90%99" * 99, "too long"),
        ("There", "outcome=refused", "already have a saved filter"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_the_reason(desk, officer, name, query, refusal):
    saved_filters.save_filter(name="There", query="signed_off=no", by=officer)
    assert refusal in save(desk, name, query).text
    assert SavedFilter.objects.get().query == "signed_off=no"


def test_a_person_has_a_bounded_number(desk, officer):
    for number in range(saved_filters.MOST):
        saved_filters.save_filter(name=str(number), query="signed_off=no", by=officer)
    assert "Delete one" in save(desk, "One more", "outcome=refused").text
    assert SavedFilter.objects.count() == saved_filters.MOST
