"""Clocks of servers that differ: in doubt nothing goes (H2a, C2, C3, C10)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given, strategies as st

from consent import rules
from consent.rules import Choice, DecidedBy, Decision, Objection, RulingKind
from privacy_portal.ground.days import LONDON
from tests.consent.strategies import SHARE, births, decisions, schemes

AT = datetime(2026, 11, 23, 12, tzinfo=LONDON)
BORN = date(2010, 3, 1)
APART = rules.CLOCKS_APART
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
skews = st.integers(-60, 60).map(lambda seconds: timedelta(seconds=seconds))


def parent(choice, received, order):
    return Decision(choice, DecidedBy.PARENT, "ann", received, order)


@given(schemes, births, decisions, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_now_an_opt_out_that_is_there_counts_however_far_ahead_its_clock_was(
    scheme, born, given_, ahead
):
    own = [each for each in given_ if each.by is DecidedBy.PUPIL]
    assume(not own)
    late = parent(Choice.OPT_OUT, AT + ahead, order=99)
    assert rules.opted_out(scheme, born, [*given_, late], rules.seen_now(AT))


@given(schemes, births, decisions, skews)
def test_now_an_opt_in_never_counts_early_by_any_clock(scheme, born, given_, skew):
    """What its server's clock was behind, and the hand-over's ahead."""
    outs = [replace(each, choice=Choice.OPT_OUT, invalid=False) for each in given_]
    assume(any(opt_out.by is DecidedBy.PARENT for opt_out in outs))
    early = parent(Choice.OPT_IN, AT - WEEK + MINUTE - abs(skew), order=99)
    out = [*outs, parent(Choice.OPT_OUT, AT - 2 * WEEK, order=98)]
    seen = rules.seen_now(AT + abs(skew))
    assert rules.opted_out(scheme, born, [*out, early], seen) == rules.opted_out(
        scheme, born, out, seen
    )


@given(schemes, births, st.lists(skews, min_size=2, max_size=2))
def test_an_opt_out_recorded_after_an_opt_in_stands_whatever_their_clocks(scheme, born, skews_):
    back = parent(Choice.OPT_IN, AT + skews_[0], order=1)
    out = parent(Choice.OPT_OUT, AT + timedelta(seconds=1) + skews_[1], order=2)
    assume(out.received + APART >= back.received)
    for later in (timedelta(0), 2 * WEEK):
        assert rules.opted_out(scheme, born, [back, out], rules.seen_now(AT + later))


def test_an_opt_in_received_certainly_later_replaces_a_paper_keyed_after_it():
    back = parent(Choice.OPT_IN, AT, order=1)
    paper = parent(Choice.OPT_OUT, AT - APART - MINUTE, order=2)
    assert not rules.opted_out(SHARE, BORN, [back, paper], rules.seen_now(AT + 2 * WEEK))


def test_an_opt_in_after_an_opt_out_of_the_same_minute_counts_in_the_order_recorded():
    out = parent(Choice.OPT_OUT, AT, order=1)
    back = parent(Choice.OPT_IN, AT + timedelta(seconds=5), order=2)
    assert not rules.opted_out(SHARE, BORN, [out, back], rules.seen_now(AT + 2 * WEEK))


@given(schemes, births, decisions)
def test_what_is_closed_at_an_instant_is_never_open_in_doubt(scheme, born, given_):
    """What was decided without a word of the pupil's own: that could close or open."""
    parents = [each for each in given_ if each.by is DecidedBy.PARENT]
    if rules.opted_out(scheme, born, parents, AT):
        assert rules.opted_out(scheme, born, parents, rules.seen_about(AT))


@pytest.mark.parametrize("ahead", [-1, 1, 60])
def test_now_an_objection_that_is_there_counts(ahead):
    each = Objection(AT + ahead * MINUTE)
    assert rules.objection_counts(each, rules.seen_now(AT))
    assert rules.objection_counts(each, AT) is (ahead < 0)


def test_now_an_objection_ends_only_when_it_has_by_every_clock():
    objection = Objection(AT - 9 * WEEK, ruling=RulingKind.GROUNDS, told_at=AT - WEEK)
    assert rules.objection_counts(objection, rules.seen_now(AT + MINUTE))
    assert not rules.objection_counts(objection, rules.seen_now(AT + APART))


def test_a_code_issued_in_the_minute_of_an_opt_out_opens_nothing():
    out = parent(Choice.OPT_OUT, AT, order=1)
    known = {"fresh": True, "decisions": [out]}
    assert not rules.code_opts_in(SHARE, issued=AT + MINUTE, **known)
    assert rules.code_opts_in(SHARE, issued=AT + APART + MINUTE, **known)
