"""A disclosure is decided again, as known then and as known now, by the rules that decided it (D).

The extract is not kept: its columns, and the pupil of each row, are those of the log. Nothing is locked
or stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from django.db import connection

from consent.upn_lookup import OnRoll
from privacy_portal.ground.collector import collector_at_rest
from privacy_portal.ground.log.reading import snapshot
from sharing import row_decision_rules, rules
from sharing.deciding.deciding import BATCH
from sharing.deciding.extracts import Cells
from sharing.deciding.policy import Loaded
from sharing.deciding.rows import RowDecider, roll_batch
from sharing.disclosures.lines import ITEM_SETS, OUTCOMES, REASONS
from sharing.models import Disclosure, Release
from sharing.releases.queries import permissions_of
from sharing.replay.difference_rules import Answer, RowAgain, RowsAgain, Unkept, compared
from sharing.replay.former_facts import FormerFacts, former_facts
from sharing.replay.knowledge import Knowledge, imported_since, knowledge_of
from sharing.replay.people import Records, Side, people_known, records_known
from sharing.replay.policy import Columns, decided_columns, policy_now, policy_then, recorded
from sharing.row_decision_rules import Permission, RowDecision, RowRules
from sharing.rules import Outcome, Reason

# Each row with the pupil that its reference stands for.
_LINES = """
SELECT line.row, line.person::text, line.item_set, line.outcome, line.reason,
    pupil.id, pupil.born, pupil.supported_to_25, pupil.school_id
FROM sharing_disclosureline line
LEFT JOIN consent_pupil pupil ON pupil.reference = line.person AND pupil.erased_at IS NULL
WHERE line.disclosure_id = %s ORDER BY line.row
"""
_PUPILS = """
SELECT id, born, supported_to_25, school_id FROM consent_pupil WHERE id = ANY(%s)
"""
# The cells of the file decided these.
_BY_CELLS = {Reason.DUPLICATE, Reason.DETAILS_DIFFER}
_SENT = {place: decision for decision, place in ITEM_SETS.items()}


class Pupil(NamedTuple):
    """A pupil's record as it is now."""

    id: int
    born: date
    supported: bool
    school: int


class Line(NamedTuple):
    """A row of a disclosure as it is stored, with the pupil's record; None where there is none."""

    row: int
    person: str | None
    decision: RowDecision
    pupil: Pupil | None


@dataclass(frozen=True, slots=True)
class DecidedAgain:
    """A disclosure decided again. `then` is what was known then of the whole request, None where a policy
    file that was imported since keeps us from saying; `rows` is None where no row was decided."""

    recorded: Columns
    then: Columns | None
    now: Columns
    rows: RowsAgain | None

    @property
    def altered(self) -> bool:
        """Return whether what was known then does not lead to what was recorded: record or rules have been
        changed."""
        whole = self.then is not None and self.then != self.recorded
        return whole or (self.rows is not None and bool(self.rows.altered))

    @property
    def columns_withheld(self) -> list[rules.Column]:
        """Return the columns that were shared and would be left out by what is known now."""
        return [
            after
            for before, after in zip(self.recorded.columns, self.now.columns, strict=False)
            if before.permitted and not after.permitted
        ]


def decide_again(disclosure: Disclosure) -> DecidedAgain:
    """Decide again on a disclosure whose rows are decided one by one (`Disclosure.decided_row_by_row`);
    about 80 queries, however many rows there are."""
    with collector_at_rest(), snapshot():
        known = knowledge_of(disclosure)
        was = recorded(disclosure)
        loaded_then, loaded_now = policy_then(disclosure, known), policy_now(disclosure)
        then, now = (decided_columns(disclosure, loaded) for loaded in (loaded_then, loaded_now))
        unclear = then != was and imported_since(disclosure)
        rows = None
        lines = [] if was.reasons else list(_lines(disclosure.pk))
        if lines:
            log = _Log(disclosure, lines, known, former_facts(known), _permitted(disclosure))
            answers = (
                _answers(log, loaded_then, was.columns, now=False),
                # Where the whole request is refused today, no row is looked at.
                [line.decision for line in lines]
                if now.reasons
                else _answers(log, loaded_now, now.columns, now=True),
            )
            rows = compared(
                RowAgain(line.row, line.person, line.decision, *both)
                for line, *both in zip(lines, *answers, strict=True)
            )
    return DecidedAgain(was, None if unclear else then, now, rows)


@dataclass(frozen=True, slots=True)
class _Log:
    """What the log has of a disclosure, and what else both answers need."""

    disclosure: Disclosure
    lines: list[Line]
    known: Knowledge
    facts: FormerFacts
    permitted: Mapping[int, Permission]


def _answers(
    log: _Log, loaded: Loaded, columns: Sequence[rules.Column], *, now: bool
) -> list[Answer]:
    """Decide again on each row, by what was known then or by what is known now."""
    if loaded.policy.agreement is None:
        return [line.decision for line in log.lines]
    side = Side(log.known, now, log.disclosure.on)
    records = records_known(side)
    pupils = _pupils(log.lines, records)
    people = people_known(
        side,
        records,
        loaded,
        {pupil.id: pupil.born for pupil in pupils if pupil is not None},
        {records.stands_for(pupil): kind for pupil, kind in log.permitted.items()},
    )
    row_rules = row_decision_rules.row_rules(loaded.policy, columns, loaded.items)
    answers: list[Answer] = []
    decisions = _decisions(
        [
            (
                pupil.id,
                "",
                "",
                pupil.born,
                log.facts.urn_then(pupil.id, pupil.school),
                pupil.supported,
            )
            for line, pupil in zip(log.lines, pupils, strict=True)
            if pupil is not None and _unkept(line) is None
        ],
        RowDecider(row_rules, people.decisions, override=log.disclosure.overridden),
    )
    for line, pupil in zip(log.lines, pupils, strict=True):
        unkept = _unkept(line)
        if unkept is not None or pupil is None:
            answers.append(unkept or Unkept.ERASED)
            continue
        decision = next(decisions)
        if now and pupil.id in records.parted:
            answers.append(Unkept.PARTED)
        elif decision is line.decision:
            answers.append(decision)
        elif _may_have_changed(pupil, row_rules, log.facts, now=now):
            answers.append(Unkept.CHANGED)
        elif pupil.id in people.unsure:
            answers.append(Unkept.MOMENT)
        else:
            answers.append(decision)
    return answers


def _decisions(rows: Sequence[OnRoll], decider: RowDecider) -> Iterator[RowDecision]:
    """Yield the decision on each row, of which only the pupil is known, in their order."""
    for first in range(0, len(rows), BATCH):
        pupils = rows[first : first + BATCH]
        cells = Cells([""] * len(pupils), None, None)
        yield from decider.decide(first, roll_batch(cells, pupils, decider.rules)).decisions


def _unkept(line: Line) -> Unkept | None:
    """Return why a row cannot be decided again, as far as its own line says."""
    if line.person is None:
        return Unkept.NOBODY
    return Unkept.CELLS if line.decision.reason in _BY_CELLS else None


def _may_have_changed(pupil: Pupil, row_rules: RowRules, facts: FormerFacts, *, now: bool) -> bool:
    """Return whether a row may be decided otherwise because of something of which no history is kept: the
    date of birth, or that the pupil is supported to 25."""
    if not now and pupil.id in facts.born_changed:
        return True
    oldest = row_rules.oldest
    return oldest is not None and row_rules.oldest_supported < pupil.born <= oldest


def _lines(disclosure: int) -> Iterator[Line]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [disclosure])
        rows = cursor.fetchall()
    for row, person, item_set, outcome, reason, *pupil in rows:
        record = None if pupil[0] is None else Pupil._make(pupil)
        yield Line(row, person, _decision(item_set, outcome, reason), record)


@cache
def _decision(item_set: int | None, outcome: int, reason: int | None) -> RowDecision:
    """Return the decision that a line stores; of what was sent before it was decided on, all rows have
    the same set of items."""
    if OUTCOMES[outcome] is Outcome.WITHHELD:
        assert reason is not None  # only under a request that is refused as a whole
        return row_decision_rules.WITHHELD[REASONS[reason]]
    if OUTCOMES[outcome] is Outcome.RELEASED:
        return row_decision_rules.WHOLE
    return _SENT[item_set] if item_set else row_decision_rules.REDUCED


def _pupils(lines: Sequence[Line], records: Records) -> list[Pupil | None]:
    """Return the record of the pupil in each row: the one that stands for it; at most 1 query."""
    merged = {
        line.pupil.id: records.stands_for(line.pupil.id)
        for line in lines
        if line.pupil is not None and line.pupil.id in records.standing
    }
    if not merged:
        return [line.pupil for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(_PUPILS, [list(set(merged.values()))])
        kept = {pupil.id: pupil for pupil in map(Pupil._make, cursor.fetchall())}
    return [
        kept[merged[line.pupil.id]] if line.pupil and line.pupil.id in merged else line.pupil
        for line in lines
    ]


def _permitted(disclosure: Disclosure) -> Mapping[int, Permission]:
    """Return the protected pupils, by id, whose rows a second officer let go (P3); at most 2 queries."""
    release = Release.objects.filter(disclosure=disclosure).first()
    return permissions_of(release) if release else {}
