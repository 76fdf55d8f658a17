"""Decisions as people and staff make them, in any order, against a model written separately.

The model knows no rule of the portal's: it keeps each person's story as a list and tells it
anew for every question.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from consent.decisions import opting_in
from consent.decisions.histories import histories
from consent.decisions.invalidating import mark_invalid
from consent.decisions.recording import take
from consent.errors import DoubtfulError, RefusedError
from consent.keying import keying
from consent.models import Decision, Invalidation, Pupil, Scheme, School, SecondLook, Telling
from consent.queries import opted_out_among, opted_out_by_default, scheme_facts
from consent.rules import Choice, DecidedBy, Effect
from consent.schools.work import work_of
from privacy_portal.ground.days import start_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.names import person_key
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.mails import run_jobs

SIXTEEN = date(2026, 12, 10)
BORN = date(2010, 12, 10)
PARENTS = ("Ann", "Bob")


@dataclass
class Told:
    """What the model knows of one decision."""

    who: str
    out: bool
    received: datetime
    recorded: int
    needs_proof: bool
    proven: bool = False
    everyone_told: bool = False
    struck: bool = False

    def says(self, then: datetime) -> bool:
        """Whether it says anything at that moment, going by what is known now."""
        if self.struck or (self.who == "pupil" and self.received.date() < SIXTEEN):
            return False
        if self.out:
            return self.received <= then
        ready = not self.needs_proof or (self.proven and self.everyone_told)
        return ready and self.received + timedelta(days=7) <= then


class Model:
    """All that was said about one pupil under one scheme, told anew for each question."""

    def __init__(self, closed: bool):
        self.closed = closed
        self.said: list[Told] = []

    def last_words(self, then: datetime) -> dict[str, Told]:
        """What each person said last, if anything."""
        last: dict[str, Told] = {}
        for each in sorted(self.said, key=lambda one: (one.received, one.recorded)):
            if each.says(then):
                last[each.who] = each
        return last

    def deciding(self, then: datetime) -> list[Told]:
        """Whose words count: the pupil's alone, or all parents'."""
        last = self.last_words(then)
        return [last["pupil"]] if "pupil" in last else list(last.values())

    def stays_in(self, then: datetime) -> bool:
        """Whether nothing but the basic items may leave."""
        counting = self.deciding(then)
        if not counting:
            return self.closed
        return any(each.out for each in counting)


class Decisions(RuleBasedStateMachine):
    """A pupil who turns 16 on the way, two parents, two members of staff."""

    closed = False

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = NOON - timedelta(days=3)
        self.model = Model(self.closed)
        self.rows: list[Decision] = []
        self.scheme = Scheme.objects.get(code="connexions")
        Scheme.objects.filter(pk=self.scheme.pk).update(
            default="withhold" if self.closed else "share"
        )
        self.scheme.refresh_from_db()
        school = School.objects.create(urn="999999", name="School")
        self.pupil = Pupil.objects.create(
            surname="P", forename="P", surname_folded="p", forename_folded="p", born=BORN,
            school=school, parent_name="Ann", parent_email="ann@example.org",
        )  # fmt: skip
        self.staff = [OfficerFactory(email=f"{name}@example.org") for name in ("one", "two")]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def nothing_said(self) -> None:
        """At first the scheme's default holds."""
        self.agrees_with_the_model()

    @rule(days=st.sampled_from([0.01, 1, 3.5, 7, 20]))
    def time_passes(self, days: float) -> None:
        self.now += timedelta(days=days)

    @rule(who=st.sampled_from([*PARENTS, "pupil"]), late=st.sampled_from([0, 0, 2, 9]))
    def somebody_opts_out(self, who: str, late: int) -> None:
        """Online, or known only some days after it was received."""
        self._says(who, Choice.OPT_OUT, self.now - timedelta(days=late))

    @rule(who=st.sampled_from([*PARENTS, "pupil"]))
    def a_paper_opts_in(self, who: str) -> None:
        """On paper, keyed by the first member of staff on the day."""
        paper = Decision(
            pupil=self.pupil, scheme=self.scheme, choice="opt-in", by=_by(who).value,
            person_name=who, person_key=person_key(who), channel="paper",
            signed_on=self.now.date(), received_at=start_of(self.now.date()), submission=uuid4(),
        )  # fmt: skip
        record = partial(keying.key, paper, scan=None, by=self.staff[0], at=self.now)
        try:
            try:
                decision = record()
            except DoubtfulError as doubt:
                decision = record(all_the_same=doubt.key)
        except RefusedError:
            assert self._must_refuse(who, self._could_begin(who))
            return
        assert not self._must_refuse(who, self._could_begin(who))
        self._kept(decision, who)

    @precondition(lambda self: any(not each.proven and not each.out for each in self.model.said))
    @rule(data=st.data(), agrees=st.booleans())
    def a_second_member_of_staff_looks(self, data: st.DataObject, agrees: bool) -> None:
        look = data.draw(st.sampled_from(list(SecondLook.objects.order_by("pk"))))
        told = self.model.said[[row.pk for row in self.rows].index(look.decision_id)]
        try:
            keying.look(look, agrees=agrees, note="differs", by=self.staff[1], at=self.now)
        except NotNowError:
            assert look.looked_by_id is not None
            return
        told.proven = agrees

    @rule()
    def mails_go_and_staff_tell_the_others(self) -> None:
        # Of one that is without effect nobody is told.
        going = [row.tellings.exists() for row in self.rows]
        run_jobs()
        for each in Telling.objects.exclude(way="email").filter(told_at=None):
            opting_in.mark_told(each, by=self.staff[0], at=self.now)
        opting_in.settle(at=self.now)
        for each, goes in zip(self.model.said, going, strict=True):
            each.everyone_told |= goes

    @rule(who=st.sampled_from([*PARENTS, "pupil"]))
    def an_opt_in_goes_all_the_way(self, who: str) -> None:
        """Keyed, looked at twice, everyone told, and eight days gone: seldom by single steps."""
        before = len(self.rows)
        self.a_paper_opts_in(who)
        for decision in self.rows[before:]:
            keying.look(decision.second_look, agrees=True, note="", by=self.staff[1], at=self.now)
            self.model.said[-1].proven = True
        self.mails_go_and_staff_tell_the_others()
        self.now += timedelta(days=8)

    @precondition(lambda self: self.model.said)
    @rule(data=st.data())
    def one_is_marked_invalid(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.rows) - 1))
        try:
            mark_invalid(
                self.rows[place], kind=Invalidation.Kind.OTHER, reason="x", by=self.staff[0],
                at=self.now,
            )  # fmt: skip
        except NotNowError:
            assert self.model.said[place].struck
        self.model.said[place].struck = True

    @invariant()
    def agrees_with_the_model(self) -> None:
        """At this moment, and at each moment near which something was received."""
        opting_in.settle(at=self.now)
        facts = scheme_facts(self.scheme)
        moments = [self.now] + [
            each.received + timedelta(days=days) for each in self.model.said for days in (0, 7)
        ]
        for then in moments:
            answers = opted_out_among(self.scheme, facts, [self.pupil.pk], then)
            portal = answers.get(self.pupil.pk, opted_out_by_default(facts))
            assert portal is self.model.stays_in(then), then

    @invariant()
    def the_pupils_page_names_those_who_decide(self) -> None:
        (history,) = [
            history
            for history in histories(self.pupil, at=self.now)
            if history.scheme == self.scheme
        ]
        counting = {
            decision.pk for decision, effect in history.decisions if effect is Effect.COUNTS
        }
        model = {
            self.rows[self.model.said.index(each)].pk for each in self.model.deciding(self.now)
        }
        assert counting == model

    @invariant()
    def the_school_hears_of_each_that_may_count(self) -> None:
        listed = {each.pk for each in work_of([self.pupil.school], at=self.now)}
        for row, told in zip(self.rows, self.model.said, strict=True):
            if told.out and not told.struck:
                assert row.pk in listed

    def _says(self, who: str, choice: Choice, received: datetime) -> None:
        decision = Decision(
            pupil=self.pupil, scheme=self.scheme, choice=choice.value, by=_by(who).value,
            person_name=who, person_key=person_key(who), channel="online", received_at=received,
            recorded_at=self.now,
        )  # fmt: skip
        try:
            take(decision, by=None, at=self.now)
        except RefusedError:
            assert self._must_refuse(who, received)
            return
        assert not self._must_refuse(who, received)
        self._kept(decision, who)

    def _kept(self, decision: Decision, who: str) -> None:
        out = decision.choice == Choice.OPT_OUT
        self.rows.append(decision)
        told = Told(who, out, decision.received_at, len(self.rows), needs_proof=not out)
        self.model.said.append(told)

    def _could_begin(self, who: str) -> datetime:
        """When a parent's opt-in on a paper that was received today could begin to count; of a pupil's
        only the day on which it was received matters."""
        return start_of(self.now.date()) + timedelta(days=7 if who != "pupil" else 0)

    def _must_refuse(self, who: str, received: datetime) -> bool:
        if who == "pupil":
            return received.date() < SIXTEEN
        return "pupil" in self.model.last_words(received)


class ClosedDecisions(Decisions):
    """The same under a scheme that starts closed."""

    closed = True


def _by(who: str) -> DecidedBy:
    return DecidedBy.PUPIL if who == "pupil" else DecidedBy.PARENT


@pytest.mark.usefixtures("policy")
@pytest.mark.parametrize("machine", [Decisions, ClosedDecisions])
def test_the_portal_and_the_model_always_agree(machine, soak):
    assert connection.in_atomic_block
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=300 if soak else 8, stateful_step_count=15, deadline=None),
    )
