"""Deciding on an extract: the one decision that web, command and hand-over all make (D).

Rows stream in batches; each batch takes a fixed number of queries, whatever is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from consent import upn
from consent.queries import OnRoll, on_roll, opted_out_among, opted_out_by_default
from privacy_portal import days
from privacy_portal.names import folded_name
from privacy_portal.tables import Row
from sharing import rules
from sharing.extracts import Extract
from sharing.policy import Loaded

BATCH = 5_000


class DecidedRow(NamedTuple):
    """A row and what becomes of it; `upn` is normal, `person` the pupil's random reference."""

    number: int
    upn: str
    cells: list[str]
    decision: rules.RowDecision
    person: UUID | None


class Finding(NamedTuple):
    """A row that does not go whole, as the decision lists it."""

    row: int
    upn: str
    outcome: rules.Outcome
    reason: rules.Reason


@dataclass(slots=True)
class Decision:
    """What becomes of an extract. `rows` is None if the request was refused before rows."""

    policy: rules.Policy
    outcome: rules.Outcome
    reasons: list[rules.Reason]
    columns: tuple[rules.Column, ...] = ()
    needs_approval: bool = False
    rows: rules.RowCounts | None = None
    emptied: tuple[str, ...] = ()
    digest: str = ""
    reason_counts: Counter[tuple[rules.Outcome, rules.Reason]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return self.outcome is rules.Outcome.REFUSED

    def summary(self) -> dict[str, Any]:
        """The decision as JSON (see the contract) but for `detail`."""
        agreement, notice = self.policy.agreement, self.policy.notice
        return {
            "agreement": agreement.reference if agreement else None,
            "agreement_version": agreement.version if agreement else None,
            "recipient": agreement.recipient if agreement else None,
            "purpose": self.policy.purpose,
            "on": self.policy.on.isoformat(),
            "notice": notice.reference if notice else None,
            "outcome": self.outcome.value,
            "reasons": [reason.value for reason in self.reasons],
            "needs_approval": self.needs_approval,
            "columns": [
                {
                    "heading": column.heading,
                    "item": column.item,
                    "outcome": column.outcome.value,
                    "reason": column.reason.value if column.reason else None,
                }
                for column in self.columns
            ],
            "rows": None
            if self.rows is None
            else {
                "total": self.rows.total,
                "released": self.rows.released,
                "reduced": self.rows.reduced,
                "withheld": self.rows.withheld,
            },
        }

    def document(self) -> dict[str, Any]:
        """The whole decision as JSON."""
        return {
            **self.summary(),
            "detail": [
                {
                    "row": each.row,
                    "upn": each.upn,
                    "outcome": each.outcome.value,
                    "reason": each.reason.value,
                    "emptied": list(self.emptied)
                    if each.outcome is rules.Outcome.REDUCED
                    else [],
                }
                for each in self.findings
            ],
        }


Sink = Callable[[Sequence[DecidedRow], tuple[rules.Column, ...]], None]


def instant_for(on: date, now: datetime) -> datetime:
    """When decisions of people must have been received to be seen: by now, or by the end of
    another day."""
    return now if days.day_of(now) == on else days.end_of(on)


def decide(
    extract: Extract,
    loaded: Loaded,
    at: datetime,
    *,
    each_batch: Sink | None = None,
    keep_findings: bool = True,
    max_rows: int | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Decision:
    """Decides on the whole extract with the decisions of people that count at the instant `at`.

    `each_batch` is given the rows of each batch in order, with the decided columns. With
    `keep_findings` false the rows that do not go whole are counted and not listed. Raises
    BadInputError for a faulty row, TooManyRowsError past `max_rows`.
    """
    policy = loaded.policy
    if reasons := rules.request_reasons(policy):
        decision = Decision(policy, rules.Outcome.REFUSED, reasons)
        decision.digest = _digest(decision, hashlib.sha256())
        return decision
    columns = rules.decide_columns(policy, extract.columns)
    row_rules = rules.row_rules(policy, columns)
    counts = rules.RowCounts()
    reason_counts: Counter[tuple[rules.Outcome, rules.Reason]] = Counter()
    findings: list[Finding] = []
    running = hashlib.sha256()
    sent: set[int] = set()
    for batch in _batches(extract.rows()):
        decided = _decide_batch(batch, extract, loaded, row_rules, at, sent)
        for row in decided:
            outcome, reason = row.decision.outcome, row.decision.reason
            if reason is None:
                counts.released += 1
                continue
            if outcome is rules.Outcome.REDUCED:
                counts.reduced += 1
            else:
                counts.withheld += 1
            reason_counts[outcome, reason] += 1
            running.update(f"{row.number} {row.upn} {outcome} {reason}\n".encode())
            if keep_findings:
                findings.append(Finding(row.number, row.upn, outcome, reason))
        counts.total += len(decided)
        if max_rows is not None and counts.total > max_rows:
            raise TooManyRowsError(max_rows)
        if each_batch:
            each_batch(decided, columns)
        progress(counts.total)
    outcome, reasons = rules.outcome_of(columns, counts)
    decision = Decision(
        policy,
        outcome,
        reasons,
        columns=columns,
        needs_approval=rules.needs_approval(columns, loaded.items),
        rows=counts,
        emptied=row_rules.emptied,
        reason_counts=reason_counts,
        findings=findings,
    )
    decision.digest = _digest(decision, running)
    return decision


class TooManyRowsError(Exception):
    """The extract has more rows than an upload may have."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(f"the file has more than {limit:,} rows")


def pupils_named(extract: Extract) -> set[int]:
    """The ids of all pupils that the extract names by a UPN, present or former."""
    named: set[int] = set()
    if extract.upn_at is None:
        return named
    for batch in _batches(extract.rows()):
        numbers = {upn.normal(row.cells[extract.upn_at]) for row in batch}
        named.update(pupil.id for pupil in on_roll(list(numbers)).values())
    return named


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _digest(decision: Decision, running: Any) -> str:
    running.update(repr(decision.summary()).encode())
    return str(running.hexdigest())


def _decide_batch(
    batch: Sequence[Row],
    extract: Extract,
    loaded: Loaded,
    row_rules: rules.RowRules,
    at: datetime,
    sent: set[int],
) -> list[DecidedRow]:
    """Decides on each row; `sent` holds the ids of pupils in rows that were not withheld."""
    upn_at, surname_at, born_at = extract.upn_at, extract.surname_at, extract.born_at
    numbers = ["" if upn_at is None else upn.normal(row.cells[upn_at]) for row in batch]
    pupils = on_roll(numbers)
    opted_out, by_default = _opted_out(loaded, row_rules, pupils, at)
    decided = []
    for row, number in zip(batch, numbers, strict=True):
        pupil = pupils.get(number)
        if pupil is None:
            facts = rules.RowFacts(upn.is_valid(number), None, stood_before=False)
            decision = rules.decide_row(row_rules, facts)
            decided.append(DecidedRow(row.number, number, row.cells, decision, None))
            continue
        written = "" if born_at is None else row.cells[born_at].strip()
        born = days.read_day(written) if written else None
        facts = rules.RowFacts(
            True,
            rules.PupilFacts(
                pupil.surname,
                pupil.born,
                pupil.school,
                pupil.supported_to_25,
                opted_out.get(pupil.id, by_default),
            ),
            pupil.id in sent,
            "" if surname_at is None else folded_name(row.cells[surname_at]),
            born,
            bool(written) and born is None,
        )
        decision = rules.decide_row(row_rules, facts)
        if decision.outcome is not rules.Outcome.WITHHELD:
            sent.add(pupil.id)
        decided.append(DecidedRow(row.number, number, row.cells, decision, pupil.reference))
    return decided


def _opted_out(
    loaded: Loaded, row_rules: rules.RowRules, pupils: dict[str, OnRoll], at: datetime
) -> tuple[dict[int, bool], bool]:
    scheme = loaded.policy.scheme
    if not row_rules.scheme_applies or scheme is None or loaded.scheme is None:
        return {}, False
    ids = [pupil.id for pupil in pupils.values()]
    return opted_out_among(loaded.scheme, scheme, ids, at), opted_out_by_default(scheme)
