"""Rules about requests for data, on all they may be given (Q1, Q2)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from sharing import request_rules as rules
from sharing.request_rules import (
    NOTHING,
    Choice,
    Kind,
    Need,
    Request,
    RequestInShort,
    Shared,
    Standing,
)
from sharing.row_decision_rules import Permission
from sharing.rules import Item, Outcome, Reason

LONDON = ZoneInfo("Europe/London")
ITEMS = [
    Item("pupil.surname", identifying=True, special_category=False),
    Item("pupil.sex", identifying=False, special_category=False),
    Item("pupil.address", identifying=True, special_category=False, locating=True),
    Item("pupil.phone", identifying=True, special_category=False, locating=True),
]
LOCATING = {item.code for item in ITEMS if item.locating}
COMPLETE = Request(
    asker="Pat", organisation="Police", contact="1", check="called", pupils=1,
    items=frozenset({"pupil.sex"}), purpose="x", power="crime", necessity="x", view="not-needed",
)  # fmt: skip

item_lists = st.lists(st.sampled_from(ITEMS), unique=True)
standings = st.builds(Standing, st.booleans(), st.booleans(), st.booleans(), st.booleans())
choices = st.sampled_from(sorted(rules.CHOICES.values(), key=lambda choice: choice.code))
basics = st.none() | st.frozensets(st.sampled_from([item.code for item in ITEMS]))
asks = st.builds(
    RequestInShort,
    st.integers(1, 20),
    st.sampled_from(["", "police", "court"]),
    st.sampled_from(["", "crime", "family"]),
    st.frozensets(st.sampled_from("abc")),
    st.dates(date(2024, 1, 1), date(2027, 1, 1)),
)


def test_a_complete_request_misses_nothing():
    assert rules.missing(COMPLETE) == []


@pytest.mark.parametrize(
    ("change", "need"),
    [
        ({"asker": ""}, Need.ASKER),
        ({"organisation": ""}, Need.ASKER),
        ({"contact": ""}, Need.CONTACT),
        ({"check": ""}, Need.CHECK),
        ({"pupils": 0}, Need.PEOPLE),
        ({"items": frozenset()}, Need.INFORMATION),
        ({"purpose": ""}, Need.PURPOSE),
        ({"power": ""}, Need.POWER),
        ({"power": "other-act"}, Need.POWER),
        ({"necessity": ""}, Need.NECESSITY),
        ({"special_category": True}, Need.CONDITION),
        ({"view": ""}, Need.VIEW),
        ({"view": "asked"}, Need.VIEW),
    ],
)
def test_each_thing_that_is_not_known_is_named_alone(change, need):
    assert rules.missing(replace(COMPLETE, **change)) == [need]


@pytest.mark.parametrize(
    "change",
    [
        {"power": "other-act", "power_words": "Finance Act 2008"},
        {"pupils": 0, "others": 1},
        {"items": frozenset(), "words": "who collects the child"},
        {"special_category": True, "condition": "vital interests"},
        {"view": "disagrees"},
    ],
)
def test_what_is_known_in_another_way_is_not_asked_for(change):
    assert rules.missing(replace(COMPLETE, **change)) == []


def test_of_a_request_of_which_nothing_is_known_everything_is_asked_but_a_condition():
    assert rules.missing(Request()) == [need for need in Need if need is not Need.CONDITION]


def test_an_ordinary_request_has_a_month_and_an_urgent_one_its_hours():
    received = datetime(2027, 1, 31, 9, tzinfo=LONDON)
    assert rules.due(received, urgent_within=None).date() == date(2027, 2, 28)
    assert rules.due(received, urgent_within=timedelta(hours=24)) == received + timedelta(days=1)


@given(standings, choices, item_lists, basics)
def test_nothing_goes_that_a_rule_withholds(standing, choice, items, basic):
    row_rules = rules.row_rules_for(items, basic=basic)
    codes = [item.code for item in items]
    goes = set(rules.option(row_rules, standing, choice, codes).items)
    assert goes <= set(codes)
    if not choice.shared or standing.objected or standing.died:
        assert not goes
    if standing.opted_out and basic is not None and not choice.despite:
        assert goes <= basic
    if standing.protected and choice.permission is None:
        assert not goes
    if standing.protected and choice.permission is Permission.WITHOUT_LOCATING:
        assert not goes & LOCATING


@given(standings, item_lists, basics, st.booleans())
def test_an_officer_is_offered_only_what_the_rules_let_go(standing, items, basic, words):
    row_rules = rules.row_rules_for(items, basic=basic)
    codes = [item.code for item in items]
    nothing, *more = rules.options(row_rules, standing, codes, words=words)
    assert nothing.choice is NOTHING
    for option in more:
        assert option.decision.outcome is not Outcome.WITHHELD
        assert option.items or words
        needed = rules.chosen(row_rules, standing, option.choice, codes, words=words)
        assert needed.items == option.items
    assert len({option.choice.code for option in more}) == len(more)


@given(standings, choices, item_lists, basics, st.booleans())
def test_what_goes_despite_an_opt_out_or_of_a_protected_pupil_needs_a_second_officer(
    standing, choice, items, basic, words
):
    row_rules = rules.row_rules_for(items, basic=basic)
    codes = [item.code for item in items]
    option = rules.chosen(row_rules, standing, choice, codes, words=words)
    second = rules.second_reasons(
        [(standing, option.choice)], special_category=False, others=0, view=""
    )
    goes = set(option.items)
    if goes and standing.protected:
        assert rules.SecondReason.PROTECTED in second
    if goes and standing.opted_out and basic is not None and not goes <= basic:
        assert rules.SecondReason.OPTED_OUT in second


def test_a_death_and_an_objection_come_before_protection():
    row_rules = rules.row_rules_for(ITEMS, basic=None)
    everything = Standing(opted_out=True, objected=True, died=True, protected=True)
    whole = Choice(True, Permission.WHOLE, despite=True)
    for standing, reason in (
        (everything, Reason.OBJECTED),
        (replace(everything, objected=False), Reason.DECEASED),
        (Standing(protected=True), None),
    ):
        assert rules.option(row_rules, standing, whole, ["pupil.sex"]).decision.reason is reason


@pytest.mark.parametrize(
    ("chosen", "others", "words", "kind"),
    [
        ([], 0, False, Kind.REFUSE),
        (["ab", "ab"], 1, True, Kind.SHARE_ALL),
        (["ab", "a"], 1, True, Kind.SHARE_SOME),
        (["ab"], 1, True, Kind.SHARE_SOME),
        (["ab", "ab"], 0, True, Kind.SHARE_SOME),
        (["ab", "ab"], 1, False, Kind.SHARE_SOME),
        ([], 1, False, Kind.SHARE_SOME),
    ],
)
def test_all_some_or_nothing(chosen, others, words, kind):
    assert kind is rules.kind_of(
        wanted={"a", "b"}, pupils=2, others=1, chosen=chosen, others_chosen=others,
        words_wanted=True, words_chosen=words,
    )  # fmt: skip


def test_all_is_shared_where_no_words_were_wanted():
    assert rules.Kind.SHARE_ALL is rules.kind_of(
        wanted={"a"}, pupils=1, others=0, chosen=["ab"], others_chosen=0, words_wanted=False,
        words_chosen=False,
    )  # fmt: skip


def test_the_third_request_of_a_kind_within_a_year_is_the_third():
    first = RequestInShort(1, "police", "crime", frozenset("ab"), date(2026, 1, 10))
    same_purpose = RequestInShort(2, "police", "crime", frozenset("c"), date(2026, 5, 1))
    third = RequestInShort(3, "police", "other", frozenset("ab"), date(2027, 1, 9))
    assert place(third, first, same_purpose) == 2
    alike = replace(third, purpose="crime")
    assert place(alike, first, same_purpose) == 3 == rules.OF_A_KIND
    late = replace(alike, received=date(2027, 1, 10))
    assert place(late, first, same_purpose) == 2, "a year later"
    court = replace(alike, organisation="court")
    assert place(court, first, same_purpose) == 1


def place(one, *others):
    """Return the place of a request, worked out alone and among many."""
    alone = rules.place_of_kind(one, [*others, one])
    assert rules.places_of_kind([one], [*others, one]) == {one.number: alone}
    return alone


@given(asks, st.lists(asks))
def test_only_earlier_requests_of_the_same_organisation_are_of_its_kind(one, others):
    place = rules.place_of_kind(one, others)
    earlier = [
        other
        for other in others
        if other.organisation == one.organisation and other.received <= one.received
    ]
    assert 1 <= place <= 1 + len(earlier)
    if not one.organisation:
        assert place == 1
    assert all(rules.of_a_kind(one, other) == rules.of_a_kind(other, one) for other in others)


@given(st.lists(asks, unique_by=lambda asked: asked.number))
def test_the_places_of_many_are_those_of_each(requests):
    assert rules.places_of_kind(requests, requests) == {
        one.number: rules.place_of_kind(one, requests) for one in requests
    }


people = st.frozensets(st.sampled_from("pq"))
items = st.frozensets(st.sampled_from("xy"))


@given(people, items, st.integers(0, 3), people, items, st.integers(0, 3))
def test_a_decision_covers_what_lies_within_it(who, what, more, who_went, what_went, more_went):
    covered = rules.covers(Shared(who, what, more), Shared(who_went, what_went, more_went))
    beyond = bool(who_went - who or what_went - what or more_went > more)
    assert covered is not beyond
