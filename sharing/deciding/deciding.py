"""Deciding on an extract: the one decision that web, command and hand-over all make (D).

Rows stream in batches; each batch takes a fixed number of queries, whatever is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from consent.decisions.objecting import objecting
from consent.matching.unmatched import like_the_unmatched, unmatched_in_words
from consent.naming import named
from consent.queries import lock_everybody, lock_with_others, opted_out_among, opted_out_by_default
from consent.rules import Seen, seen_now
from privacy_portal.ground import days
from privacy_portal.ground.collector import collector_at_rest
from sharing import rules
from sharing.deciding.extracts import Identifiers
from sharing.deciding.policy import Loaded
from sharing.deciding.rows import Decided, DecidedBatch, Deciding, Known, known

# A power of two: the tree over a disclosure's lines grows by whole subtrees.
BATCH = 8_192
# Batches that are looked up, a chunk at once, while others are read; and of a longer file those that
# are looked up at once afterwards. So many are in memory.
AHEAD = 16
CHUNK = 4
SEGMENT = 8
# How many rows' pupils are locked row by row. Each such lock is written to the table and to the
# server's journal; with more, decisions about anybody wait until the hand-over is done.
FEW = 8_192


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
    # Of the pupils whose rows go, by URN.
    schools: frozenset[str] = frozenset()
    # How many rows go although their pupils are opted out (D, override).
    overridden: int = 0
    # What the file hides (D), a sentence each.
    warnings: tuple[str, ...] = ()
    # How many opt-outs and objections sent online about this sharing have no pupil yet, and how many
    # rows that go whole are about somebody like one who is meant.
    unmatched: int = 0
    alike: int = 0

    @property
    def refused(self) -> bool:
        return self.outcome is rules.Outcome.REFUSED

    def summary(self) -> dict[str, Any]:
        """The decision as JSON (see the contract) but for `detail`."""
        agreement, notice = self.policy.agreement, self.policy.notice
        document: dict[str, Any] = {
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
        if self.warnings:
            document["warnings"] = list(self.warnings)
        if self.overridden:
            document["overridden"] = self.overridden
        return document

    def told(self) -> dict[str, Any]:
        """The summary, with a warning of opt-outs that have no pupil yet. What is compared at the
        hand-over is without it: one more that waits changes nothing of what may go."""
        summary = self.summary()
        if self.unmatched:
            sentence = unmatched_in_words(self.unmatched, self.alike)
            summary["warnings"] = [*self.warnings, sentence]
        return summary

    def document(self) -> dict[str, Any]:
        """The whole decision as JSON."""
        return {
            **self.told(),
            "detail": [
                {
                    "row": each.row,
                    "upn": each.upn,
                    "outcome": each.outcome.value,
                    "reason": each.reason.value,
                    "emptied": list(self.emptied) if each.outcome is rules.Outcome.REDUCED else [],
                }
                for each in self.findings
            ],
        }


# Opened for rows that follow each other, it gives a function that takes batch after batch.
Take = Callable[[DecidedBatch], None]
Sink = Callable[[], AbstractContextManager[Take]]


@contextmanager
def _nowhere() -> Iterator[Take]:
    yield lambda batch: None


def seen_for(on: date, now: datetime) -> Seen:
    """H2a What is seen of people's decisions: today all that is there, of another day what was
    received by its end."""
    if days.day_of(now) == on:
        return seen_now(now)
    return Seen(days.end_of(on), days.end_of(on))


class Rows(Protocol):
    """What a decision reads: an extract, or a list of people who got the same."""

    @property
    def columns(self) -> list[tuple[str, rules.Item | None]]:
        """Each heading and the item that it stands for, or None."""

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Whose the rows are, in batches of about `size`."""


def decide(
    extract: Rows,
    loaded: Loaded,
    seen: Callable[[], Seen],
    *,
    lock: bool = False,
    override: bool = False,
    sink: Sink = _nowhere,
    begin: Callable[[tuple[rules.Column, ...]], None] = lambda columns: None,
    keep_findings: bool = True,
    max_rows: int | None = None,
    warnings: Sequence[str] = (),
    progress: Callable[[int], None] = lambda rows: None,
) -> Decision:
    """Decides on the whole extract, in a transaction.

    `seen`, asked once the pupils are found and, with `lock`, locked, says which decisions of
    people count. `begin` is told of the decided columns before rows are read;
    `sink` takes the rows in order, and may keep the connection busy while it is open. With
    `keep_findings` false the rows that do not go whole are counted and not listed. An `override`
    lets go what an opt-out alone would keep back; `warnings` say what the file hides. Raises BadInputError for a faulty row,
    TooManyRowsError past `max_rows`.
    """
    policy = loaded.policy
    if reasons := rules.request_reasons(policy):
        decision = Decision(policy, rules.Outcome.REFUSED, reasons, warnings=tuple(warnings))
        decision.digest = _digest(decision, hashlib.sha256())
        return decision
    columns = rules.decide_columns(policy, extract.columns)
    row_rules = rules.row_rules(policy, columns)
    begin(columns)
    with collector_at_rest(), ThreadPoolExecutor(1) as pool:
        looked_up = _LookedUp(pool, row_rules)
        looked_up.read(extract.identifiers(BATCH), max_rows)
        pupils = looked_up.few()
        if lock and pupils is None:
            lock_everybody()
        elif lock and pupils is not None:
            lock_with_others(pupils)
        deciding = Deciding(
            row_rules, _decided(loaded, row_rules, pupils, seen()), override=override
        )
        unmatched, like = _like_the_unmatched(loaded)
        alike = 0
        counted: Counter[rules.RowDecision] = Counter()
        findings: list[Finding] = []
        running = hashlib.sha256()
        total = 0
        for segment in looked_up.segments():
            with sink() as take:
                for batch in segment:
                    decided = deciding.decide(total, batch)
                    total += len(decided.decisions)
                    counted.update(decided.decisions)
                    if like:
                        alike += sum(
                            made.reason is None and pupil in like
                            for pupil, made in zip(batch.ids, decided.decisions, strict=True)
                        )
                    for place, made in enumerate(decided.decisions):
                        if made.reason is not None:
                            number, written = decided.first + place, decided.upns[place]
                            finding = Finding(number, written, made.outcome, made.reason)
                            running.update("\t".join(map(str, finding)).encode())
                            if keep_findings:
                                findings.append(finding)
                    take(decided)
                    progress(total)
    counts = rules.RowCounts(
        total=total,
        released=counted[rules.WHOLE],
        reduced=counted[rules.REDUCED],
        withheld=total - counted[rules.WHOLE] - counted[rules.REDUCED],
    )
    outcome, reasons = rules.outcome_of(columns, counts)
    decision = Decision(
        policy,
        outcome,
        reasons,
        columns=columns,
        needs_approval=rules.needs_approval(columns, loaded.items),
        rows=counts,
        emptied=row_rules.emptied,
        reason_counts=Counter(
            {
                (made.outcome, made.reason): count
                for made, count in counted.items()
                if made.reason is not None
            }
        ),
        findings=findings,
        schools=frozenset(deciding.schools),
        overridden=deciding.overridden,
        warnings=tuple(warnings),
        unmatched=unmatched,
        alike=alike,
    )
    decision.digest = _digest(decision, running)
    return decision


class _LookedUp:
    """The rows of an extract, each beside what the roll has of its pupil.

    The roll is held still, other than people's decisions: what is read first is looked up while the
    rest is read, and compared by a thread while the server looks up more. Of a longer file, the
    rest is looked up when it is asked for.
    """

    def __init__(self, pool: ThreadPoolExecutor, row_rules: rules.RowRules):
        self.pool, self.rules = pool, row_rules
        self.rows = 0
        self.begun: list[Future[list[Known]]] = []
        self.later: list[Identifiers] = []

    def read(self, batches: Iterator[Identifiers], max_rows: int | None) -> None:
        """Raises TooManyRowsError past `max_rows`."""
        while chunk := list(islice(batches, CHUNK)):
            self.rows += sum(each.rows for each in chunk)
            if max_rows is not None and self.rows > max_rows:
                raise TooManyRowsError(max_rows)
            if len(self.begun) * CHUNK < AHEAD:
                self.begun.append(self.pool.submit(list, self._beside_roll(chunk)))
            else:
                self.later += chunk

    def few(self) -> list[int] | None:
        """The ids of all pupils whom the rows name, None if these are many."""
        if self.later or self.rows > FEW:
            return None
        batches = [batch for each in self.begun for batch in each.result()]
        return [pupil for batch in batches for pupil in batch.ids if pupil is not None]

    def segments(self) -> Iterator[Iterator[Known]]:
        """The batches, many at a time, so that the connection is free while each is gone through;
        they are forgotten as soon as they are given."""
        yield self._first()
        while self.later:
            segment, self.later = self.later[:SEGMENT], self.later[SEGMENT:]
            yield self._beside_roll(segment)

    def _first(self) -> Iterator[Known]:
        while self.begun:
            yield from self.begun.pop(0).result()

    def _beside_roll(self, batches: list[Identifiers]) -> Iterator[Known]:
        cells = [each.cells() for each in batches]
        fetch = named([upn for each in cells for upn in each.upns])
        return (known(each, fetch(len(each.upns)), self.rules) for each in cells)


class TooManyRowsError(Exception):
    """The extract has more rows than an upload may have."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(f"the file has more than {limit:,} rows")


def _digest(decision: Decision, running: Any) -> str:
    running.update(repr(decision.summary()).encode())
    return str(running.hexdigest())


def _like_the_unmatched(loaded: Loaded) -> tuple[int, frozenset[int]]:
    """How many opt-outs and objections about this sharing have no pupil yet, and who may be meant."""
    assert loaded.version is not None  # without one the request was refused
    return like_the_unmatched(loaded.version.recipient_id, loaded.policy.purpose)


def _decided(
    loaded: Loaded, row_rules: rules.RowRules, pupils: list[int] | None, seen: Seen
) -> Decided:
    scheme, facts, version = loaded.scheme, loaded.policy.scheme, loaded.version
    assert version is not None  # without one the request was refused
    objected = objecting(version.recipient_id, loaded.policy.purpose, seen)
    if not row_rules.scheme_applies or scheme is None or facts is None:
        return Decided({}, False, objected, None)
    found = opted_out_among(scheme, facts, pupils, seen)
    about = None if pupils is None else frozenset(pupils)
    return Decided(found, opted_out_by_default(facts), objected, about)
