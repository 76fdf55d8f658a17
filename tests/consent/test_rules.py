"""Ages and people's decisions (Words, C1, C2, C3, C4): truth tables and properties."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from stdnum.gb.upn import calc_check_digit

from consent import rules, upn
from consent.rules import Choice, DecidedBy, Decision, Default, Scheme
from privacy_portal.ground.days import LONDON
from tests.conftest import DATA

BORN = date(2010, 3, 1)
AT = datetime(2026, 11, 23, 12, tzinfo=LONDON)
SHARE = Scheme("s", frozenset(), Default.SHARE, 13, 20, 16, frozenset())
WITHHOLD = Scheme("w", frozenset(), Default.WITHHOLD, 13, 20, 16, frozenset())
PARENTS_ONLY = Scheme("p", frozenset(), Default.SHARE, None, None, None, frozenset())

decisions = st.lists(
    st.builds(
        Decision,
        choice=st.sampled_from(Choice),
        by=st.sampled_from(DecidedBy),
        person=st.sampled_from(["ann", "bob"]),
        received=st.integers(-40, 40).map(lambda days: AT + timedelta(days=days / 2)),
        order=st.integers(0, 5),
        verified=st.booleans(),
        invalid=st.booleans(),
    ),
    max_size=6,
)
schemes = st.sampled_from([SHARE, WITHHOLD, PARENTS_ONLY])
births = st.dates(date(2006, 1, 1), date(2015, 1, 1))


@given(births, st.integers(0, 25), st.dates(date(2006, 1, 1), date(2040, 1, 1)))
def test_the_latest_day_of_birth_says_the_same_as_the_birthday(born, age, on):
    assert (born <= rules.latest_birth(age, on)) == rules.attained(age, born, on)


@pytest.mark.parametrize(
    ("on", "attained"),
    [(date(2021, 2, 28), False), (date(2021, 3, 1), True), (date(2024, 2, 28), True)],
)
def test_one_born_on_29_february_attains_an_age_on_1_march_of_other_years(on, attained):
    assert rules.attained(13, date(2008, 2, 29), on) is attained
    assert (date(2008, 2, 29) <= rules.latest_birth(13, on)) is attained


@given(schemes, births, decisions, st.sampled_from(["ann", "cat"]))
def test_adding_a_parents_opt_out_never_opens_what_was_closed(scheme, born, given_, person):
    more = Decision(Choice.OPT_OUT, DecidedBy.PARENT, person, AT, order=99)
    if rules.opted_out(scheme, born, given_, AT):
        assert rules.opted_out(scheme, born, [*given_, more], AT)


@given(schemes, births, decisions)
def test_a_parents_opt_out_received_now_closes_unless_the_pupil_decided(scheme, born, given_):
    more = Decision(Choice.OPT_OUT, DecidedBy.PARENT, "ann", AT, order=99)
    own = [
        each
        for each in given_
        if each.by is DecidedBy.PUPIL
        and rules.counts_by(each, AT)
        and rules.may_decide(scheme, each.by, born, each.received.date())
    ]
    if not own:
        assert rules.opted_out(scheme, born, [*given_, more], AT)


@given(schemes, births, decisions, st.randoms())
def test_the_order_in_which_rows_are_read_does_not_matter(scheme, born, given_, random):
    given_ = [
        Decision(d.choice, d.by, d.person, d.received, order, d.verified, d.invalid)
        for order, d in enumerate(given_)
    ]
    shuffled = given_[:]
    random.shuffle(shuffled)
    assert rules.opted_out(scheme, born, given_, AT) == rules.opted_out(scheme, born, shuffled, AT)


@given(schemes, births, decisions)
def test_invalid_decisions_are_as_if_never_made(scheme, born, given_):
    valid = [each for each in given_ if not each.invalid]
    assert rules.opted_out(scheme, born, given_, AT) == rules.opted_out(scheme, born, valid, AT)


@given(births, decisions)
def test_a_closed_scheme_is_never_more_open_than_an_open_one(born, given_):
    if rules.opted_out(SHARE, born, given_, AT):
        assert rules.opted_out(WITHHOLD, born, given_, AT)


@given(births, decisions)
def test_pupils_decide_nothing_under_a_scheme_of_parents(born, given_):
    parents = [each for each in given_ if each.by is DecidedBy.PARENT]
    assert rules.opted_out(PARENTS_ONLY, born, given_, AT) == rules.opted_out(
        PARENTS_ONLY, born, parents, AT
    )


@pytest.mark.parametrize(("days", "open_"), [(0, False), (6.9, False), (7, True), (8, True)])
def test_an_opt_in_opens_only_after_seven_days_and_when_verified(days, open_):
    received = AT - timedelta(days=days)
    out = Decision(Choice.OPT_OUT, DecidedBy.PARENT, "ann", AT - timedelta(days=90), 0)
    back = Decision(Choice.OPT_IN, DecidedBy.PARENT, "ann", received, 1)
    assert rules.opted_out(SHARE, BORN, [out, back], AT) is not open_
    unverified = Decision(Choice.OPT_IN, DecidedBy.PARENT, "ann", received, 1, verified=False)
    assert rules.opted_out(SHARE, BORN, [out, unverified], AT)


def test_an_opt_out_counts_at_the_instant_of_receipt():
    out = Decision(Choice.OPT_OUT, DecidedBy.PARENT, "ann", AT, 0, verified=False)
    assert rules.opted_out(SHARE, BORN, [out], AT)
    assert not rules.opted_out(SHARE, BORN, [out], AT - timedelta(microseconds=1))


@pytest.mark.parametrize(
    "known", [each for each in json.loads((DATA / "identifiers.json").read_text()) if each["kind"] == "UPN"],
    ids=lambda known: known["value"] or "empty",
)  # fmt: skip
def test_upn(known):
    assert upn.is_valid(known["value"]) is known["valid"], known["why"]


@given(st.lists(st.text(alphabet="pP2 0\t\n\u00a0ßé", max_size=6), max_size=5))
def test_many_upns_at_once_are_made_normal_like_each(texts):
    assert upn.normal_all(texts) == [upn.normal(text) for text in texts]


upns = st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True).map(
    lambda rest: calc_check_digit(rest) + rest
)


@given(st.lists(upns, max_size=40), st.data())
def test_many_upns_at_once_are_valid_when_each_is(numbers, data):
    assert upn.are_valid(numbers)
    if numbers:
        place = data.draw(st.integers(0, len(numbers) - 1))
        numbers[place] = wrong = data.draw(
            upns.flatmap(lambda right: st.integers(0, 12).map(lambda at: changed(right, at)))
            | st.text(max_size=14)
        )
        assert upn.are_valid(numbers) is upn.is_valid(wrong)


def changed(number, at):
    """The number with its character `at` another one of the same kind."""
    kind = "0123456789" if number[at].isdigit() else "ABCDEFGHJKLMNPQRTUVWXYZ"
    return number[:at] + kind[(kind.index(number[at]) + 1) % len(kind)] + number[at + 1 :]


@given(upns, st.integers(0, 12))
def test_one_character_changed_is_no_upn(number, at):
    assert not upn.is_valid(changed(number, at))
    assert not upn.is_valid(number[:at] + number[at + 1 :])
    assert not upn.is_valid(number[:at] + "٣" + number[at + 1 :])
