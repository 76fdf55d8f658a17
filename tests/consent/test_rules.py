"""Ages and people's decisions (Words, C1, C2, C3, C4): truth tables and properties."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from consent import rules
from consent.rules import (
    CLOCKS_APART,
    Choice,
    DecidedBy,
    Decision,
    Doubt,
    Effect,
    Objection,
    Refusal,
    RulingKind,
    seen_about,
    seen_now,
)
from privacy_portal.ground.days import LONDON
from tests.consent.strategies import (
    AT,
    PARENTS_ONLY,
    SHARE,
    WITHHOLD,
    births,
    decisions,
    schemes,
)

BORN = date(2010, 3, 1)


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


LEAP_DAY = date(2012, 2, 29)
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)
OUT, IN = Choice.OPT_OUT, Choice.OPT_IN
PARENT, PUPIL = DecidedBy.PARENT, DecidedBy.PUPIL


def parent(choice, received, order=0, person="ann", **more):
    return Decision(choice, PARENT, person, received, order, **more)


def pupil(choice, received, order=0, **more):
    return Decision(choice, PUPIL, "", received, order, **more)


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
        assert rules.years_old(born, on) == age
        assert rules.attained(age, born, on)
        assert not rules.attained(age + 1, born, on)

    @given(births, st.dates(date(2016, 1, 1), date(2060, 12, 31)))
    def test_years_old_is_the_highest_age_attained(self, born, on):
        ages = [age for age in range(60) if rules.attained(age, born, on)]
        assert rules.years_old(born, on) == max(ages)

    @pytest.mark.parametrize(
        ("age", "day"), [(12, date(2024, 2, 29)), (13, date(2025, 3, 1)), (16, date(2028, 2, 29))]
    )
    def test_a_birthday_of_29_february_is_1_march_of_other_years(self, age, day):
        assert rules.birthday_of(age, LEAP_DAY) == day

    @pytest.mark.parametrize(
        ("age", "latest"),
        [(13, date(2015, 2, 28)), (15, date(2013, 2, 28)), (16, LEAP_DAY), (20, date(2008, 2, 29))],
    )
    def test_on_29_february_the_latest_birth_is_28_february_of_other_years(self, age, latest):
        on = date(2028, 2, 29)
        assert rules.latest_birth(age, on) == latest
        assert rules.attained(age, latest, on)
        assert not rules.attained(age, latest + DAY, on)


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


class TestEffects:
    """What is said of each decision on a pupil's page."""

    OLD = date(2009, 1, 1)

    def effects(self, *decisions, scheme=SHARE, born=OLD):
        numbered = [replace(decision, order=at) for at, decision in enumerate(decisions)]
        return list(rules.effects(scheme, born, numbered, AT).values())

    @pytest.mark.parametrize(
        ("decision", "effect"),
        [
            (parent(OUT, AT - 30 * DAY), Effect.COUNTS),
            (parent(OUT, AT - 30 * DAY, verified=False), Effect.COUNTS),
            (parent(IN, AT - 30 * DAY), Effect.COUNTS),
            (parent(IN, AT - 30 * DAY, verified=False), Effect.UNVERIFIED),
            (parent(IN, AT - 6 * DAY), Effect.WAITS),
            (parent(OUT, AT + DAY), Effect.WAITS),
            (parent(OUT, AT + DAY, verified=False), Effect.WAITS),
            (parent(OUT, AT - 30 * DAY, invalid=True), Effect.INVALID),
            (pupil(OUT, datetime(2024, 12, 31, 12, tzinfo=LONDON)), Effect.TOO_YOUNG),
            (pupil(OUT, datetime(2025, 1, 1, 12, tzinfo=LONDON)), Effect.COUNTS),
            (pupil(IN, AT, invalid=True), Effect.INVALID),
        ],
    )
    def test_of_one_decision_alone(self, decision, effect):
        assert self.effects(decision) == [effect]

    def test_each_parents_latest_counts(self):
        early, late = AT - 60 * DAY, AT - 30 * DAY
        assert self.effects(
            parent(OUT, early), parent(OUT, early, person="bob"), parent(IN, late)
        ) == [Effect.REPLACED, Effect.COUNTS, Effect.COUNTS]

    def test_once_the_pupil_decides_parents_decisions_have_no_effect(self):
        early, late = AT - 60 * DAY, AT - 30 * DAY
        assert self.effects(
            pupil(OUT, early), pupil(IN, late), parent(OUT, late), parent(IN, AT - DAY)
        ) == [Effect.REPLACED, Effect.COUNTS, Effect.PUPIL_DECIDES, Effect.PUPIL_DECIDES]

    def test_under_a_scheme_of_parents_a_pupils_decision_has_no_effect(self):
        early = AT - 60 * DAY
        assert self.effects(pupil(OUT, early), parent(IN, early), scheme=PARENTS_ONLY) == [
            Effect.TOO_YOUNG,
            Effect.COUNTS,
        ]

    @pytest.mark.parametrize(
        ("opt_out", "effect"),
        [
            (parent(OUT, AT - DAY), Effect.REPLACED),
            (parent(OUT, AT - DAY, person="bob"), Effect.WAITS),
            (parent(OUT, AT - DAY, invalid=True), Effect.WAITS),
            (parent(IN, AT - DAY), Effect.WAITS),
            (parent(OUT, AT - 3 * DAY), Effect.WAITS),
            (parent(OUT, AT + 3 * DAY, person="bob"), Effect.WAITS),
        ],
    )
    def test_an_opt_in_that_waits_is_replaced_by_an_opt_out_of_the_same_person(
        self, opt_out, effect
    ):
        opt_in = parent(IN, AT - 2 * DAY, 1)
        # Recorded before it, so that the order of recording says nothing.
        decisions = [replace(opt_out, order=0), opt_in]
        assert rules.effects(SHARE, self.OLD, decisions, AT)[1] is effect

    def test_an_opt_in_that_waits_is_replaced_by_an_opt_out_recorded_after_it(self):
        opt_in, opt_out = parent(IN, AT - DAY), parent(OUT, AT - DAY - timedelta(seconds=90))
        assert self.effects(opt_in, opt_out) == [Effect.REPLACED, Effect.COUNTS]
        assert self.effects(replace(opt_in, verified=False), opt_out)[0] is Effect.REPLACED

    def test_a_pupils_opt_in_is_not_replaced_by_an_opt_out_of_before_the_age(self):
        opt_in = pupil(IN, datetime(2026, 11, 18, 12, tzinfo=LONDON), 0)
        opt_out = pupil(OUT, datetime(2026, 11, 20, 12, tzinfo=LONDON), 1)
        born = date(2010, 11, 20)
        assert self.effects(opt_in, opt_out, born=born) == [Effect.TOO_YOUNG, Effect.COUNTS]
        born = date(2010, 11, 18)
        assert self.effects(opt_in, opt_out, born=born) == [Effect.REPLACED, Effect.COUNTS]

    @given(schemes, births, decisions)
    def test_those_that_decide_count_and_no_others(self, scheme, born, decisions_):
        numbered = [replace(decision, order=at) for at, decision in enumerate(decisions_)]
        effects = rules.effects(scheme, born, numbered, AT)
        deciding = rules.standing(scheme, born, numbered, AT).deciding
        assert {order for order, effect in effects.items() if effect is Effect.COUNTS} == {
            decision.order for decision in deciding
        }

    def test_every_effect_has_its_words(self):
        assert set(rules.EFFECTS) == set(Effect)


class TestALettersCode:
    """C3: whether a letter's code proves an opt-in."""

    ISSUED = AT

    def opens(self, *decisions, scheme=SHARE, fresh=True):
        return rules.code_opts_in(scheme, fresh=fresh, issued=self.ISSUED, decisions=decisions)

    def test_if_it_was_asked_for_that_or_the_scheme_starts_closed(self):
        assert self.opens()
        assert not self.opens(fresh=False)
        assert self.opens(scheme=WITHHOLD)
        assert self.opens(scheme=WITHHOLD, fresh=False)

    @pytest.mark.parametrize(
        ("decision", "opens"),
        [
            (parent(OUT, ISSUED + DAY), False),
            (parent(OUT, ISSUED), False),
            (parent(OUT, ISSUED - CLOCKS_APART), False),
            (parent(OUT, ISSUED - CLOCKS_APART - MOMENT), True),
            (pupil(OUT, ISSUED), False),
            (parent(OUT, ISSUED + DAY, invalid=True), True),
            (parent(IN, ISSUED + DAY), True),
        ],
    )
    def test_only_if_it_was_issued_after_the_last_opt_out(self, decision, opens):
        earlier = parent(OUT, self.ISSUED - 90 * DAY)
        assert self.opens(decision) is opens
        assert self.opens(decision, earlier) is opens


class TestRefusal:
    """C1, C2: which decisions of a person are not taken."""

    OWN = pupil(OUT, datetime(2026, 11, 10, 12, tzinfo=LONDON), 1)
    BORN_16 = date(2010, 11, 10)

    def refusal(self, new, *others, scheme=SHARE, born=BORN_16, **more):
        return rules.refusal(scheme, born, new, others, **more)

    @pytest.mark.parametrize(
        ("day", "scheme", "expected"),
        [
            (9, SHARE, Refusal.TOO_YOUNG),
            (10, SHARE, None),
            (11, WITHHOLD, None),
            (11, PARENTS_ONLY, Refusal.PARENTS_ONLY),
        ],
    )
    @pytest.mark.parametrize("choice", [OUT, IN])
    def test_of_a_pupil(self, day, scheme, expected, choice):
        new = pupil(choice, datetime(2026, 11, day, 12, tzinfo=LONDON))
        assert self.refusal(new, scheme=scheme) is expected
        assert self.refusal(new, replace(self.OWN, received=AT), scheme=scheme) is expected

    @pytest.mark.parametrize(
        ("new", "expected"),
        [
            (parent(OUT, OWN.received), Refusal.PUPIL_DECIDED),
            (parent(OUT, OWN.received - MOMENT), None),
            # An opt-in would begin to count when the pupil's own does already.
            (parent(IN, OWN.received - 7 * DAY), Refusal.PUPIL_DECIDED),
            (parent(IN, OWN.received - 7 * DAY - MOMENT), None),
            (parent(IN, OWN.received + DAY), Refusal.PUPIL_DECIDED),
        ],
    )
    def test_of_a_parent_once_the_pupils_own_counts(self, new, expected):
        assert self.refusal(new, self.OWN) is expected
        assert self.refusal(new, parent(OUT, AT - 90 * DAY), self.OWN) is expected

    @pytest.mark.parametrize(
        "own",
        [
            replace(OWN, received=OWN.received - DAY),
            replace(OWN, invalid=True),
            replace(OWN, choice=IN, verified=False),
            replace(OWN, by=PARENT),
        ],
    )
    def test_not_by_a_decision_of_the_pupil_that_does_not_count(self, own):
        assert self.refusal(parent(OUT, AT), own) is None
        assert self.refusal(parent(IN, AT), own) is None

    def test_a_paper_of_the_day_of_the_pupils_own_is_not_known_to_have_come_before(self):
        day = datetime(2026, 11, 10, tzinfo=LONDON)
        assert self.refusal(parent(OUT, day), self.OWN) is None
        assert self.refusal(parent(OUT, day), self.OWN, by_day=True) is Refusal.PUPIL_DECIDED
        assert self.refusal(parent(OUT, day - DAY), self.OWN, by_day=True) is None

    def test_a_paper_of_opting_in_is_looked_at_seven_days_later(self):
        day = datetime(2026, 11, 3, tzinfo=LONDON)
        own = replace(self.OWN, received=datetime(2026, 11, 10, tzinfo=LONDON))
        assert self.refusal(parent(IN, day), own, by_day=True) is Refusal.PUPIL_DECIDED
        assert self.refusal(parent(IN, day - DAY), own, by_day=True) is None

    def test_every_refusal_has_its_words(self):
        assert set(rules.SENTENCES) == set(Refusal)


class TestDoubt:
    """Whether what is about to be recorded may be a slip."""

    OUT_NOW = parent(OUT, AT - DAY, 1)

    def doubt(self, new, *others):
        return rules.doubt(SHARE, date(2009, 1, 1), new, others, AT)

    def test_the_same_persons_latest_says_the_same(self):
        assert self.doubt(parent(OUT, AT), self.OUT_NOW) == (Doubt.SAME, self.OUT_NOW)
        own = pupil(OUT, AT - DAY, 1)
        assert self.doubt(replace(pupil(OUT, AT), person="kim"), own) == (Doubt.SAME, own)

    @pytest.mark.parametrize(
        "other",
        [
            replace(OUT_NOW, person="bob"),
            replace(OUT_NOW, by=PUPIL),
            replace(OUT_NOW, invalid=True),
            replace(OUT_NOW, choice=IN),
        ],
    )
    def test_there_is_none_where_somebody_else_decided_or_otherwise(self, other):
        assert self.doubt(parent(OUT, AT), other) is None

    def test_the_latest_is_what_is_compared(self):
        opt_in = parent(IN, AT - 20 * DAY, 2)
        out = replace(self.OUT_NOW, received=AT - 30 * DAY)
        assert self.doubt(parent(OUT, AT), opt_in, out) is None
        assert self.doubt(parent(IN, AT), opt_in, out) == (Doubt.SAME, opt_in)
        last = replace(self.OUT_NOW, received=opt_in.received, order=3)
        assert self.doubt(parent(OUT, AT), last, opt_in) == (Doubt.SAME, last)

    def test_an_opt_in_of_a_pupil_who_is_not_opted_out(self):
        nothing = (Doubt.NOT_OPTED_OUT, None)
        assert self.doubt(parent(IN, AT)) == nothing
        assert self.doubt(parent(IN, AT), replace(self.OUT_NOW, invalid=True)) == nothing
        assert self.doubt(parent(IN, AT), self.OUT_NOW) is None
        assert self.doubt(parent(IN, AT), replace(self.OUT_NOW, person="bob")) is None
        assert self.doubt(parent(OUT, AT)) is None


class TestObjections:
    """C10: from when until when an objection counts."""

    TOLD = AT + 30 * DAY

    @pytest.mark.parametrize("ruling", [RulingKind.GROUNDS, RulingKind.WITHDRAWN])
    def test_it_ends_seven_days_after_the_person_was_told(self, ruling):
        objection = Objection(AT, ruling=ruling, told_at=self.TOLD)
        end = self.TOLD + 7 * DAY
        assert rules.objection_ends(objection) == end
        assert rules.objection_counts(objection, AT)
        assert rules.objection_counts(objection, end - MOMENT)
        assert not rules.objection_counts(objection, end)
        assert rules.objection_counts(objection, seen_now(end))
        assert not rules.objection_counts(objection, seen_now(end + CLOCKS_APART))

    @pytest.mark.parametrize(
        "objection",
        [
            Objection(AT),
            Objection(AT, ruling=RulingKind.UPHELD, told_at=TOLD),
            Objection(AT, ruling=RulingKind.GROUNDS),
            Objection(AT, ruling=RulingKind.WITHDRAWN),
            Objection(AT, told_at=TOLD),
        ],
    )
    def test_it_does_not_end_while_open_nor_once_upheld_nor_before_anyone_is_told(self, objection):
        assert rules.objection_ends(objection) is None
        assert rules.objection_counts(objection, AT + 4000 * DAY)

    def test_it_counts_from_receipt_and_never_if_invalid(self):
        objection = Objection(AT)
        assert rules.objection_counts(objection, AT)
        assert not rules.objection_counts(objection, AT - MOMENT)
        assert rules.objection_counts(objection, seen_now(AT - DAY))
        assert not rules.objection_counts(Objection(AT, invalid=True), AT)

    @pytest.mark.parametrize(
        ("received", "due"),
        [
            (date(2026, 11, 23), date(2026, 12, 23)),
            (date(2026, 12, 1), date(2027, 1, 1)),
            (date(2027, 1, 31), date(2027, 2, 28)),
            (date(2028, 1, 31), date(2028, 2, 29)),
        ],
    )
    def test_it_is_decided_within_a_month(self, received, due):
        assert rules.objection_due(received) == due
