"""What people decided, and who is protected or has died, as it was known when a disclosure was decided,
or as it is known now."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from consent import identity_rules, rules as consent_rules
from consent.queries import opted_out_by_default
from consent.rules import CLOCKS_APART, FOREVER, Seen
from privacy_portal.ground import days
from privacy_portal.ground.names import person_key
from sharing.deciding.peoples_decisions import PeoplesDecisions
from sharing.deciding.policy import Loaded
from sharing.replay.knowledge import Knowledge
from sharing.row_decision_rules import Permission

# So long a hand-over may take from its look at the clock to its entry.
TAKES = timedelta(minutes=10)

_DECISIONS = """
SELECT decision.id, decision.pupil_id, decision.choice, decision.by, decision.person_key,
    decision.received_at, decision.recorded_at, decision.import_key IS NOT NULL, verification.at,
    invalidation.recorded_at, decision.request_id IS NOT NULL AND decision.recorded_by_id IS NULL
FROM consent_decision decision
LEFT JOIN consent_invalidation invalidation ON invalidation.decision_id = decision.id
LEFT JOIN consent_verification verification ON verification.decision_id = decision.id
"""
_UNDER_SCHEME = "WHERE decision.scheme_id = %s"
_ABOUT_SHARING = """
WHERE decision.recipient_id = %s
    AND decision.purpose_id = (SELECT id FROM notices_purpose WHERE code = %s)
"""
_RULINGS = """
SELECT ruling.decision_id, ruling.kind, ruling.at, told.at FROM consent_ruling ruling
LEFT JOIN consent_rulingtold told ON told.ruling_id = ruling.id ORDER BY ruling.id
"""
_MERGES = """
SELECT merge.id, merge.gone_id, merge.kept_id, merge.at, undone.at FROM consent_pupilmerge merge
LEFT JOIN consent_mergeundone undone ON undone.merge_id = merge.id ORDER BY merge.id
"""
_QUESTIONS = """
SELECT question.id, question.new_id, question.other_id, question.at, answer.at
FROM consent_samechildquestion question
LEFT JOIN consent_samechildanswer answer ON answer.question_id = question.id
"""
_PROTECTIONS = """
SELECT protection.id, protection.pupil_id, protection.since, protection.at, ended.ending_id, answer.at
FROM consent_protection protection
LEFT JOIN (
    consent_endedprotection ended
    JOIN consent_endinganswer answer ON answer.ending_id = ended.ending_id AND answer.agrees
) ON ended.protection_id = protection.id
"""
_DEATHS = """
SELECT death.id, death.pupil_id, death.died_on, death.at, withdrawn.at FROM consent_death death
LEFT JOIN consent_deathwithdrawn withdrawn ON withdrawn.death_id = death.id ORDER BY death.id
"""


@dataclass(frozen=True, slots=True)
class Records:
    """Which records of pupils stood for which child, by id, and whose are or may be of one child.

    `standing` leads from a merged record to the one that was kept; `linked` are records of open
    questions (C6b), `together` those and merged ones. Of `parted` records another was a part then, and
    is not now.
    """

    standing: Mapping[int, int]
    linked: Mapping[int, frozenset[int]]
    together: Mapping[int, frozenset[int]]
    parted: frozenset[int]

    def stands_for(self, record: int) -> int:
        """Return the record that stands for this one."""
        while record in self.standing:
            record = self.standing[record]
        return record

    def with_linked(self, records: Iterable[int]) -> frozenset[int]:
        """Return these records and all that may be of the same children, as nobody has answered (C6b)."""
        return frozenset(other for record in records for other in self.linked.get(record, {record}))

    def with_others(self, records: Iterable[int]) -> frozenset[int]:
        """Return these records and all that are or may be of the same children."""
        return frozenset(
            other for record in records for other in self.together.get(record, {record})
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers: by what was known then or, with `now`, by what is known now about the day
    and hour of the decision. What people and officers did since then undoes nothing in either; what is
    learnt since then about that hour counts now. `on` is the day decided for."""

    known: Knowledge
    now: bool
    on: date

    @property
    def of_another_day(self) -> bool:
        """Return whether it was decided for an earlier day than the one of its entry."""
        return self.on != days.day_of(self.known.at)

    @property
    def seen(self) -> Seen:
        """Return which of the decisions of people that are known count."""
        if self.of_another_day:
            return Seen(days.end_of(self.on), days.end_of(self.on))
        return Seen(FOREVER, self.known.at - CLOCKS_APART)

    def counts(self, event: str, row: int, *, recorded: datetime, received: datetime) -> bool:
        """Return whether a decision of a person is among what is known: now also one that was received
        by then and recorded later."""
        if self.known.had(event, row, recorded):
            return True
        return self.now and (self.of_another_day or received <= self.known.at)

    def knows(self, event: str, row: int, at: datetime) -> bool:
        """Return whether something that was found out is known: now, always."""
        return self.now or self.known.had(event, row, at)


@dataclass(frozen=True, slots=True)
class People:
    """What counts of people for one answer. About pupils in `unsure` something happened within the
    minutes of the decision."""

    decisions: PeoplesDecisions
    unsure: frozenset[int]


@dataclass(slots=True)
class _Stored:
    """Every decision in one matter that is known, as rules need it, by pupil."""

    by_pupil: dict[int, list[consent_rules.Decision]] = field(
        default_factory=lambda: defaultdict(list)
    )
    arriving: set[int] = field(default_factory=set)


def people_known(
    side: Side,
    records: Records,
    loaded: Loaded,
    births: Mapping[int, date],
    permitted: Mapping[int, Permission],
) -> People:
    """Load who was opted out, objected, protected or dead for one answer; `births` are those of all pupils
    in the rows, by id, `permitted` whose row a second officer let go (P3). At most 5 queries."""
    opted_out: dict[int, bool] = {}
    unsure: set[int] = set()
    scheme, facts, purpose = loaded.scheme, loaded.policy.scheme, loaded.policy.purpose
    others = False
    if scheme is not None and facts is not None and facts.applies_to(purpose):
        others = opted_out_by_default(facts)
        stored = _stored(side, _UNDER_SCHEME, [scheme.pk])
        opted_out, moving = _opted_out(facts, stored, records, births, side.seen)
        unsure |= moving | records.with_others(stored.arriving)
    objected: set[int] = set()
    if loaded.version is not None:
        objected, arriving = _objected(side, loaded.version.recipient_id, purpose)
        unsure |= records.with_others(arriving)
    decisions = PeoplesDecisions(
        opted_out=opted_out,
        others=others,
        objected=records.with_linked(objected),
        about=None,
        protected=records.with_others(_protected(side)),
        died=_died(side, records),
        permitted=permitted,
    )
    return People(decisions, frozenset(unsure))


def _rows(sql: str, values: Iterable[int | str] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def records_known(side: Side) -> Records:
    """Load which records stood for which child for one answer; 2 queries."""
    standing, parted = {}, set()
    for number, gone, kept, at, undone_at in _rows(_MERGES):
        was = side.known.had("pupils-merged", number, at) and (
            undone_at is None or not side.known.had("pupils-parted", number, undone_at)
        )
        holds = undone_at is None if side.now else was
        if holds:
            standing[gone] = kept
        elif was:
            parted.add(kept)
    pairs = []
    for number, new, other, at, answered_at in _rows(_QUESTIONS):
        asked = side.knows("same-child-asked", number, at)
        answered = answered_at is not None and side.knows(
            "same-child-answered", number, answered_at
        )
        if asked and not answered:
            pairs.append((new, other))
    chain = Records(standing, {}, {}, frozenset())
    ends = [(chain.stands_for(one), chain.stands_for(other)) for one, other in pairs]
    return Records(
        standing,
        identity_rules.linked(pair for pair in ends if pair[0] != pair[1]),
        identity_rules.linked([*standing.items(), *pairs]),
        frozenset(parted),
    )


def _stored(side: Side, where: str, values: Iterable[int | str]) -> _Stored:
    stored = _Stored()
    for (
        number, pupil, choice, by, person, received, recorded, imported, verified_at, invalid_at, by_job
    ) in _rows(_DECISIONS + where, values):  # fmt: skip
        known = side.known.had("decision-recorded", number, recorded)
        if by_job and not known and received <= side.known.at + CLOCKS_APART and not side.now:
            # It had arrived, and a job was about to record it: whether it fitted one pupil is not kept.
            stored.arriving.add(pupil)
        if not side.counts("decision-recorded", number, recorded=recorded, received=received):
            continue
        stored.by_pupil[pupil].append(
            consent_rules.Decision(
                choice=consent_rules.Choice(choice),
                by=consent_rules.DecidedBy(by),
                person=person_key(person),
                received=received,
                order=number,
                verified=imported
                or (
                    verified_at is not None
                    and side.known.had("decision-verified", number, verified_at)
                ),
                invalid=invalid_at is not None
                and side.knows("decision-invalid", number, invalid_at),
            )
        )
    return stored


def _opted_out(
    facts: consent_rules.Scheme,
    stored: _Stored,
    records: Records,
    births: Mapping[int, date],
    seen: Seen,
) -> tuple[dict[int, bool], frozenset[int]]:
    """Return who is opted out, and whose state changed by itself within the minutes before."""
    earlier = Seen(seen.opt_outs_until, seen.opt_ins_until - TAKES)
    opted_out, moving = {}, set()
    linked = (other for group in records.linked.values() for other in group)
    for pupil in {*stored.by_pupil, *linked} & births.keys():
        own = stored.by_pupil.get(pupil, [])
        others = [
            decision
            for other in records.linked.get(pupil, ())
            if other != pupil
            for decision in stored.by_pupil.get(other, [])
        ]
        if not own and not others:
            continue
        at, before = (
            identity_rules.standing_together(facts, births[pupil], own, others, until).opted_out
            if others
            else consent_rules.opted_out(facts, births[pupil], own, until)
            for until in (seen, earlier)
        )
        opted_out[pupil] = at
        if at != before:
            moving.add(pupil)
    return opted_out, frozenset(moving)


def _objected(side: Side, recipient: int, purpose: str) -> tuple[set[int], set[int]]:
    """Return about whom an objection counts, and about whom one was arriving, or ended, within minutes."""
    stored = _stored(side, _ABOUT_SHARING, [recipient, purpose])
    if not stored.by_pupil:
        return set(), stored.arriving
    latest: dict[int, tuple[str, datetime | None]] = {}
    for decision, kind, at, told_at in _rows(_RULINGS):
        if side.known.had(f"objection-{kind}", decision, at):
            told = told_at is not None and side.known.had("objection-told", decision, told_at)
            latest[decision] = kind, told_at if told else None
    objected, unsure = set(), set(stored.arriving)
    earlier = Seen(side.seen.opt_outs_until, side.seen.opt_ins_until - TAKES)
    for pupil, decisions in stored.by_pupil.items():
        for decision in decisions:
            kind, told_at = latest.get(decision.order, (None, None))
            objection = consent_rules.Objection(
                decision.received,
                decision.invalid,
                None if kind is None else consent_rules.RulingKind(kind),
                told_at,
            )
            at, before = (
                consent_rules.objection_counts(objection, until) for until in (side.seen, earlier)
            )
            if at:
                objected.add(pupil)
            elif before:
                unsure.add(pupil)
    return objected, unsure


def _protected(side: Side) -> set[int]:
    protected = set()
    for number, pupil, since, at, ending, ended_at in _rows(_PROTECTIONS):
        known = side.known.had("pupil-protected", number, at)
        by_its_day = since is None or since <= side.on
        if side.of_another_day:
            begun = by_its_day and (known or side.now)
            ended = ended_at is not None and ended_at <= days.end_of(side.on)
        else:
            begun = known or (side.now and by_its_day)
            ended = ended_at is not None
        if begun and not (ended and side.known.had("protection-ended", ending, ended_at)):
            protected.add(pupil)
    return protected


def _died(side: Side, records: Records) -> frozenset[int]:
    died_on: dict[int, date] = {}
    for number, pupil, on, at, withdrawn_at in _rows(_DEATHS):
        withdrawn = withdrawn_at is not None and side.knows("death-withdrawn", number, withdrawn_at)
        if side.knows("pupil-died", number, at) and not withdrawn:
            died_on.update(dict.fromkeys(records.with_others([pupil]), on))
    whatever_day = not side.now and not side.of_another_day
    return frozenset(pupil for pupil, on in died_on.items() if whatever_day or on <= side.on)
