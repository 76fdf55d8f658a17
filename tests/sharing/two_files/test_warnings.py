"""Agreements in force whose files can tell together who opted out are warned of (A4)."""

import json

import pytest

from sharing.agreements import queries
from sharing.agreements.rules import Warn
from sharing.models import Agreement
from tests.example import DAY
from tests.sharing.two_files import world

pytestmark = pytest.mark.django_db


def warned():
    """What each agreement's warning of this kind is about."""
    reviews = queries.with_warnings(DAY, queries.agreement_reviews(DAY))
    return {
        review.agreement.reference: set(warning.about)
        for review, warnings in reviews
        for warning in warnings
        if warning.kind is Warn.TELLING_TOGETHER
    }


def test_both_agreements_and_both_purposes_are_warned_of(two_agreements):
    assert warned() == {
        "A": {"research B", "research C", "research T"},
        "B": {"advice A", "advice C"},
        # Within it, and with the other flow of each other agreement.
        "C": {"advice A", "advice C", "research B", "research C", "research T"},
        "T": {"advice A", "advice C"},
    }  # fmt: skip


def test_pages_say_so_in_words(two_agreements, officer, client):
    client.force_login(officer)
    number = Agreement.objects.get(reference="B").pk
    for address in ("/staff/agreements/warnings/", f"/staff/agreements/{number}/1/"):
        page = client.get(address).text
        assert "its files can show who has opted out" in page
        assert "A (advice)" in page


def test_without_a_common_item_beyond_the_basic_ones_nothing_is_warned_of(db, write):
    policy = world.usual_policy()
    policy["agreements"] = [
        world.agreement("A", world.FIRST, [world.ADVICE]),
        world.agreement("B", world.FIRST, [world.RESEARCH], ["pupil.surname"]),
    ]
    world.stored("policy", write(json.dumps(policy), "policy.json"))
    assert warned() == {}


@pytest.mark.parametrize("form", ["aggregate", "pseudonymised"])
def test_tables_of_counts_tell_nothing_so(db, write, form):
    policy = world.usual_policy()
    policy["agreements"] = [
        world.agreement("A", world.FIRST, [world.ADVICE]),
        world.agreement("B", world.FIRST, [world.RESEARCH], form=form),
    ]
    world.stored("policy", write(json.dumps(policy), "policy.json"))
    assert bool(warned()) == (form == "pseudonymised")


def test_an_agreement_that_has_ended_is_not_in_force(db, write):
    policy = world.usual_policy()
    policy["agreements"] = [
        world.agreement("A", world.FIRST, [world.ADVICE]),
        world.agreement("B", world.FIRST, [world.RESEARCH], ends="2026-01-01"),
    ]
    world.stored("policy", write(json.dumps(policy), "policy.json"))
    assert warned() == {}
