"""Ages and people's decisions (Words, C1, C2, C3, C4): truth tables and properties."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from consent import age_rules, rules
from consent.rules import (
    CLOCKS_APART,
    Choice,
    DecidedBy,
    Decision,
    seen_about,
    seen_now,
)
from privacy_portal.ground.days import LONDON
from tests.consent.choices import BORN, DAY, IN, LEAP_DAY, MOMENT, OUT, PARENT, PUPIL, parent, pupil
from tests.consent.strategies import (
    AT,
    PARENTS_ONLY,
    SHARE,
    WITHHOLD,
    births,
    decisions,
    schemes,
    unwilling,
)


@given(births, st.integers(0, 25), st.dates(date(2006, 1, 1), date(2040, 1, 1)))
def test_the_latest_day_of_birth_says_the_same_as_the_birthday(born, age, on):
    assert (born <= age_rules.latest_birth(age, on)) == age_rules.attained(age, born, on)


@pytest.mark.parametrize(
    ("on", "attained"),
    [(date(2021, 2, 28), False), (date(2021, 3, 1), True), (date(2024, 2, 28), True)],
)
def test_one_born_on_29_february_attains_an_age_on_1_march_of_other_years(on, attained):
    assert age_rules.attained(13, date(2008, 2, 29), on) is attained
    assert (date(2008, 2, 29) <= age_rules.latest_birth(13, on)) is attained


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


class TestAges:
    @pytest.mark.parametrize(
        ("born", "on", "age"),
        [
            (date(2010, 3, 1), date(2026, 2, 28), 15),
            (date(2010, 3, 1), date(2026, 3, 1), 16),
            (date(2010, 3, 1), date(2026, 3, 2), 16),
            (date(2010, 3, 1), date(2010, 3, 1), 0),
            (LEAP_DAY, date(2025, 2, 28), 12),
            (LEAP_DAY, date(2025, 3, 1), 13),
            (LEAP_DAY, date(2028, 2, 28), 15),
            (LEAP_DAY, date(2028, 2, 29), 16),
        ],
    )
    def test_years_old_before_on_and_after_the_birthday(self, born, on, age):
        assert age_rules.years_old(born, on) == age
        assert age_rules.attained(age, born, on)
        assert not age_rules.attained(age + 1, born, on)

    @given(births, st.dates(date(2016, 1, 1), date(2060, 12, 31)))
    def test_years_old_is_the_highest_age_attained(self, born, on):
        ages = [age for age in range(60) if age_rules.attained(age, born, on)]
        assert age_rules.years_old(born, on) == max(ages)

    @pytest.mark.parametrize(
        ("age", "day"), [(12, date(2024, 2, 29)), (13, date(2025, 3, 1)), (16, date(2028, 2, 29))]
    )
    def test_a_birthday_of_29_february_is_1_march_of_other_years(self, age, day):
        assert age_rules.birthday_of(age, LEAP_DAY) == day

    @pytest.mark.parametrize(
        ("age", "latest"),
        [(13, date(2015, 2, 28)), (15, date(2013, 2, 28)), (16, LEAP_DAY), (20, date(2008, 2, 29))],
    )
    def test_on_29_february_the_latest_birth_is_28_february_of_other_years(self, age, latest):
        on = date(2028, 2, 29)
        assert age_rules.latest_birth(age, on) == latest
        assert age_rules.attained(age, latest, on)
        assert not age_rules.attained(age, latest + DAY, on)


@pytest.mark.parametrize(
    ("purposes", "applies"),
    [(set(), True), ({"careers"}, True), ({"careers", "health"}, True), ({"health"}, False)],
)
def test_a_scheme_applies_to_its_purposes_and_without_any_to_all(purposes, applies):
    assert replace(SHARE, purposes=frozenset(purposes)).applies_to("careers") is applies


@pytest.mark.parametrize(
    ("scheme", "by", "on", "may"),
    [
        (SHARE, PARENT, date(2011, 1, 1), True),
        (SHARE, PARENT, date(2040, 1, 1), True),
        (SHARE, PUPIL, date(2026, 2, 28), False),
        (SHARE, PUPIL, date(2026, 3, 1), True),
        (PARENTS_ONLY, PUPIL, date(2040, 1, 1), False),
        (PARENTS_ONLY, PARENT, date(2026, 1, 1), True),
    ],
)
def test_a_parent_may_always_decide_and_a_pupil_from_the_schemes_age_on(scheme, by, on, may):
    assert rules.may_decide(scheme, by, BORN, on) is may


class TestInstants:
    """What counts where clocks of servers differ: in doubt the opt-out, never the opt-in."""

    @pytest.mark.parametrize(
        ("decision", "counts", "just_before"),
        [
            (parent(OUT, AT), AT, True),
            (parent(OUT, AT, verified=False), AT, True),
            (parent(IN, AT), AT + 7 * DAY, True),
            (parent(IN, AT, verified=False), None, False),
            (parent(OUT, AT, invalid=True), None, False),
            (parent(IN, AT, invalid=True), None, False),
        ],
    )
    def test_from_when_a_decision_counts(self, decision, counts, just_before):
        late = AT + 400 * DAY
        assert rules.counts_by(decision, late) is (counts is not None)
        if just_before:
            assert rules.counts_by(decision, counts)
            assert not rules.counts_by(decision, counts - MOMENT)

    def test_seven_days_are_days_of_london_also_when_the_clocks_change(self):
        # Sunday 25 October 2026 has 25 hours.
        received = datetime(2026, 10, 20, 12, tzinfo=LONDON)
        decision = parent(IN, received)
        seven = datetime(2026, 10, 27, 12, tzinfo=LONDON)
        assert rules.counts_by(decision, seven)
        assert not rules.counts_by(decision, seven - MOMENT)

    def test_now_an_opt_out_counts_whatever_its_clock_says(self):
        assert rules.counts_by(parent(OUT, AT + 400 * DAY), seen_now(AT))

    @pytest.mark.parametrize("seen", [seen_now, seen_about])
    def test_an_opt_in_counts_once_it_does_by_any_clock(self, seen):
        decision = parent(IN, AT - 7 * DAY)
        assert rules.counts_by(decision, seen(AT + CLOCKS_APART))
        assert not rules.counts_by(decision, seen(AT + CLOCKS_APART - MOMENT))

    def test_about_an_instant_an_opt_out_counts_that_may_have_come_by_then(self):
        assert rules.counts_by(parent(OUT, AT + CLOCKS_APART), seen_about(AT))
        assert not rules.counts_by(parent(OUT, AT + CLOCKS_APART + MOMENT), seen_about(AT))


class TestOvertaken:
    """C2: an opt-in does not replace an opt-out of the same person that was recorded after it."""

    OPT_IN = parent(IN, AT, 5)
    OPT_OUT = parent(OUT, AT, 6)

    def test_by_an_opt_out_of_the_same_person_recorded_later(self):
        assert rules.overtaken(self.OPT_IN, [self.OPT_IN, self.OPT_OUT])
        assert rules.overtaken(pupil(IN, AT, 5), [replace(pupil(OUT, AT, 6), person="kim")])

    @pytest.mark.parametrize(
        "change",
        [
            {"choice": IN},
            {"choice": Choice.OBJECTION},
            {"invalid": True},
            {"order": 5},
            {"order": 4},
            {"by": PUPIL},
            {"person": "bob"},
            {"received": AT - CLOCKS_APART - MOMENT},
        ],
        ids=str,
    )
    def test_but_not_if_one_thing_is_different(self, change):
        assert not rules.overtaken(self.OPT_IN, [replace(self.OPT_OUT, **change)])

    def test_received_as_much_earlier_as_clocks_may_differ(self):
        assert rules.overtaken(self.OPT_IN, [replace(self.OPT_OUT, received=AT - CLOCKS_APART)])

    def test_an_opt_out_is_never_overtaken(self):
        assert not rules.overtaken(parent(OUT, AT, 5), [self.OPT_OUT])

    def test_whoever_opted_out_after_the_opt_in_stays_opted_out(self):
        early, late = AT - 20 * DAY, AT - 20 * DAY + timedelta(seconds=90)
        # By the other server's clock the opt-in came later; it was recorded first.
        decisions = [parent(IN, late, 1), parent(OUT, early, 2)]
        assert rules.opted_out(SHARE, BORN, decisions, AT)
        assert rules.opted_out(WITHHOLD, BORN, decisions, AT)
        turned = [parent(OUT, early, 1), parent(IN, late, 2)]
        assert not rules.opted_out(SHARE, BORN, turned, AT)


class TestWhoseDecisionCounts:
    """C2, as a table: who decided what, in this order, and whether the pupil is opted out then."""

    EARLIER, LATER = AT - 60 * DAY, AT - 30 * DAY

    @pytest.mark.parametrize(
        ("decisions", "share", "withhold"),
        [
            ([], False, True),
            ([parent(OUT, EARLIER)], True, True),
            ([parent(IN, EARLIER)], False, False),
            ([parent(OUT, EARLIER, 0), parent(IN, LATER, 1)], False, False),
            ([parent(IN, EARLIER, 0), parent(OUT, LATER, 1)], True, True),
            ([parent(OUT, LATER, 0), parent(IN, EARLIER, 1)], True, True),
            ([parent(OUT, EARLIER, 0), parent(IN, LATER, 1, "bob")], True, True),
            ([parent(IN, EARLIER, 0), parent(IN, LATER, 1, "bob")], False, False),
            ([pupil(OUT, EARLIER)], True, True),
            ([pupil(IN, EARLIER)], False, False),
            ([pupil(OUT, EARLIER, 0), pupil(IN, LATER, 1)], False, False),
            ([pupil(IN, EARLIER, 0), pupil(OUT, LATER, 1)], True, True),
            ([pupil(OUT, EARLIER, 0), parent(IN, LATER, 1)], True, True),
            ([pupil(IN, EARLIER, 0), parent(OUT, LATER, 1)], False, False),
            ([pupil(OUT, EARLIER, 0), pupil(IN, LATER, 1, verified=False)], True, True),
        ],
    )
    def test_of_a_pupil_of_16(self, decisions, share, withhold):
        born = date(2009, 1, 1)
        assert rules.opted_out(SHARE, born, decisions, AT) is share
        assert rules.opted_out(WITHHOLD, born, decisions, AT) is withhold

    def test_a_pupils_decision_does_not_count_before_the_age_nor_once_it_is_reached(self):
        young = pupil(IN, datetime(2026, 2, 28, 23, tzinfo=LONDON), 1)
        old_enough = pupil(IN, datetime(2026, 3, 1, 0, 30, tzinfo=LONDON), 1)
        out = parent(OUT, AT - 300 * DAY, 0)
        assert rules.opted_out(SHARE, BORN, [out, young], AT)
        assert not rules.opted_out(SHARE, BORN, [out, old_enough], AT)

    def test_the_day_of_a_decision_is_the_day_in_london(self):
        # In summer 23:30 of 30 June in UTC is 1 July in London.
        received = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        own = pupil(OUT, received)
        assert rules.opted_out(SHARE, date(2010, 7, 1), [own], AT)
        assert not rules.opted_out(SHARE, date(2010, 7, 2), [own], AT)

    def test_on_a_tie_the_decision_recorded_last_is_the_latest(self):
        first, second = parent(IN, self.LATER, 2), parent(OUT, self.LATER, 1)
        assert rules.standing(SHARE, BORN, [first, second], AT).deciding == (first,)
        assert not rules.opted_out(SHARE, BORN, [second, first], AT)

    def test_the_decisions_that_decide_are_named(self):
        ann, bob = parent(OUT, self.LATER, 3), parent(IN, self.LATER, 4, "bob")
        before = parent(IN, self.EARLIER, 1)
        assert rules.standing(SHARE, BORN, [before, ann, bob], AT).deciding == (ann, bob)
        own = pupil(IN, self.EARLIER, 2)
        standing = rules.standing(SHARE, date(2009, 1, 1), [own, ann, bob], AT)
        assert standing == rules.Standing(False, (own,))
        assert rules.standing(SHARE, BORN, [], AT) == rules.Standing(False, ())


class TestAChildsOwnUnwillingness:
    """C2: of its own kind, for a school year, whatever anyone decided."""

    @given(schemes, births, decisions, unwilling)
    def test_it_opts_out_while_it_counts_and_changes_nothing_afterwards(
        self, scheme, born, given_, refusal
    ):
        with_it = rules.opted_out(scheme, born, [*given_, refusal], AT)
        if rules.counts_by(refusal, AT):
            assert with_it
        else:
            assert with_it == rules.opted_out(scheme, born, given_, AT)

    @given(schemes, births, decisions, unwilling)
    def test_no_choice_of_anyone_undoes_it(self, scheme, born, given_, refusal):
        """An opt-in may come later, verified, and from the pupil too."""
        if rules.counts_by(refusal, AT):
            later = [Decision(Choice.OPT_IN, by, "ann", AT - 8 * DAY, order=50) for by in DecidedBy]
            assert rules.opted_out(scheme, born, [*given_, refusal, *later], AT)

    @given(schemes, births, decisions, unwilling)
    def test_it_is_nobodys_opt_out(self, scheme, born, given_, refusal):
        """A parent's choice is neither refused for it nor a slip beside it, and has the same effect."""
        new = Decision(Choice.OPT_OUT, DecidedBy.PARENT, "cat", AT, order=99)
        with_it = [*given_, refusal]
        assert rules.refusal(scheme, born, new, with_it) == rules.refusal(scheme, born, new, given_)
        assert rules.doubt(scheme, born, new, with_it, AT) == rules.doubt(
            scheme, born, new, given_, AT
        )
        after = rules.effects(scheme, born, with_it, AT)
        before = rules.effects(scheme, born, given_, AT)
        assert {order: after[order] for order in before} == before

    @pytest.mark.parametrize(
        ("received", "last"),
        [
            (date(2026, 9, 1), date(2027, 8, 31)), (date(2026, 11, 3), date(2027, 8, 31)),
            (date(2027, 8, 31), date(2027, 8, 31)), (date(2027, 1, 1), date(2027, 8, 31)),
            (date(2028, 2, 29), date(2028, 8, 31)),
        ],
    )  # fmt: skip
    def test_it_counts_from_the_day_until_the_end_of_the_school_year(self, received, last):
        noon = datetime(received.year, received.month, received.day, 12, tzinfo=LONDON)
        refusal = Decision(Choice.UNWILLING, PUPIL, "zara", noon, 0)
        end = datetime(last.year, last.month, last.day, tzinfo=LONDON) + DAY
        assert not rules.counts_by(refusal, noon - MOMENT)
        assert rules.counts_by(refusal, noon)
        assert rules.counts_by(refusal, end - MOMENT)
        assert not rules.counts_by(refusal, end)
        # On the clocks of servers that may differ, the doubt is the child's.
        assert rules.counts_by(refusal, seen_now(end))
        assert not rules.counts_by(refusal, seen_now(end + CLOCKS_APART))
        assert rules.effects(SHARE, BORN, [refusal], end)[0] is rules.Effect.ENDED
        assert rules.effects(SHARE, BORN, [refusal], noon)[0] is rules.Effect.COUNTS

    def test_an_invalid_one_never_counts(self):
        refusal = Decision(Choice.UNWILLING, PUPIL, "zara", AT, 0, invalid=True)
        assert not rules.opted_out(SHARE, BORN, [refusal], AT)
        assert rules.effects(SHARE, BORN, [refusal], AT)[0] is rules.Effect.INVALID

    def test_it_is_taken_only_where_the_scheme_asks_children(self):
        refusal = Decision(Choice.UNWILLING, PUPIL, "zara", AT, 0)
        asking = replace(PARENTS_ONLY, child_may_refuse=True)
        assert rules.refusal(asking, BORN, refusal, []) is None
        assert rules.refusal(PARENTS_ONLY, BORN, refusal, []) is rules.Refusal.PARENTS_ONLY
