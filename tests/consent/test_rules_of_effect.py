"""What a decision changes, when it is refused or doubted, and objections (C1 to C4): truth tables."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given

from consent import rules
from consent.rules import (
    CLOCKS_APART,
    Choice,
    Doubt,
    Effect,
    Objection,
    Refusal,
    RulingKind,
    seen_about,
    seen_now,
)
from privacy_portal.ground.days import LONDON
from tests.consent.choices import DAY, IN, MOMENT, OUT, PARENT, PUPIL, parent, pupil
from tests.consent.strategies import (
    AT,
    PARENTS_ONLY,
    SHARE,
    WITHHOLD,
    births,
    decisions,
    schemes,
)


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

    def test_an_opt_in_that_nobody_verified_is_not_replaced_by_a_later_opt_in(self):
        first, later = parent(IN, AT - 30 * DAY, verified=False), parent(IN, AT - 10 * DAY)
        assert self.effects(first, later) == [Effect.UNVERIFIED, Effect.COUNTS]

    def test_a_parents_opt_in_is_not_replaced_by_an_opt_out_of_the_pupil(self):
        decisions = parent(IN, AT - 2 * DAY), pupil(OUT, AT - DAY)
        effects = self.effects(*decisions, scheme=PARENTS_ONLY)
        assert effects == [Effect.WAITS, Effect.TOO_YOUNG]

    def test_a_pupil_is_the_same_person_under_any_name(self):
        opt_out = replace(pupil(OUT, AT - DAY), person="ella barlow")
        assert self.effects(pupil(IN, AT - 2 * DAY), opt_out) == [Effect.REPLACED, Effect.COUNTS]

    @pytest.mark.parametrize(
        ("apart", "effect"),
        [(timedelta(minutes=2), Effect.REPLACED), (timedelta(minutes=2) + MOMENT, Effect.COUNTS)],
    )
    def test_an_opt_in_received_two_minutes_after_an_opt_out_may_have_been_before_it(
        self, apart, effect
    ):
        received = AT - 30 * DAY
        assert self.effects(parent(IN, received), parent(OUT, received - apart))[0] is effect

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

    def test_a_childs_unwillingness_is_nobodys_choice(self):
        today = replace(pupil(Choice.UNWILLING, AT), order=2)
        own = pupil(OUT, AT - DAY, 1)
        assert self.doubt(pupil(OUT, AT), own, today) == (Doubt.SAME, own)
        assert self.doubt(parent(IN, AT), today) == (Doubt.NOT_OPTED_OUT, None)


class TestSeen:
    """Up to which instants decisions are seen."""

    def test_now_all_is_seen_that_is_stored_and_of_a_day_what_was_there(self):
        assert seen_now(AT).is_now
        assert not seen_about(AT).is_now


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
