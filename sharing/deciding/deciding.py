"""Deciding on an extract: the one decision that web, command and hand-over all make (D).

Rows stream in batches; each batch takes a fixed number of queries, whatever is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from consent.matching.unmatched import like_the_unmatched, unmatched_in_words
from consent.queries import lock_everybody, lock_with_others
from consent.rules import Seen, seen_now
from consent.upn_lookup import look_up
from privacy_portal.ground import days
from privacy_portal.ground.collector import collector_at_rest
from sharing import row_decision_rules, rules
from sharing.deciding.extracts import Identifiers
from sharing.deciding.peoples_decisions import load_decisions
from sharing.deciding.policy import Loaded
from sharing.deciding.reveals import in_words
from sharing.deciding.rows import DecidedBatch, RollBatch, RowDecider, roll_batch
from sharing.two_files_rules import EarlierFile

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


class RowFinding(NamedTuple):
    """A row that is not released in full, as the decision lists it."""

    row: int
    upn: str
    outcome: rules.Outcome
    reason: rules.Reason
    emptied: tuple[str, ...] = ()
    # A protected pupil's, let go without what tells where they are.
    unlocated: bool = False


@dataclass(slots=True)
class ExtractDecision:
    """The decision on an extract. `rows` is None if the request was refused before its rows."""

    policy: rules.Policy
    outcome: rules.Outcome
    reasons: list[rules.Reason]
    columns: tuple[rules.Column, ...] = ()
    special_category: bool = False
    rows: row_decision_rules.RowCounts | None = None
    emptied: tuple[str, ...] = ()
    # Headings that tell where somebody is: empty in the rows of `unlocated` protected pupils, whom a
    # second officer let go (P3).
    locating: tuple[str, ...] = ()
    unlocated: int = 0
    digest: str = ""
    reason_counts: Counter[tuple[rules.Outcome, rules.Reason]] = field(default_factory=Counter)
    findings: list[RowFinding] = field(default_factory=list)
    # URNs of the schools of the pupils whose rows are released or reduced.
    schools: frozenset[str] = frozenset()
    # How many rows are released although their pupils are opted out (D, override).
    overridden: int = 0
    # What the file hides (D), a sentence each.
    warnings: tuple[str, ...] = ()
    # How many opt-outs and objections sent online about this sharing have no pupil yet, and how many
    # rows released in full are about somebody like one who is meant.
    unmatched: int = 0
    alike: int = 0
    # What the recipient got before that tells, together with this file, who opted out (D).
    reveals: tuple[EarlierFile, ...] = ()

    @property
    def refused(self) -> bool:
        return self.outcome is rules.Outcome.REFUSED

    @property
    def needs_approval(self) -> bool:
        """Return whether a second officer must approve it."""
        return self.special_category or bool(self.reveals)

    @property
    def rows_written(self) -> int:
        """Return how many rows the permitted file has."""
        return self.rows.released + self.rows.reduced if self.rows else 0

    def summary(self) -> dict[str, Any]:
        """Return the decision as JSON (see the contract) but for `detail`."""
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
            "rows": asdict(self.rows) if self.rows else None,
        }
        if self.warnings or self.reveals:
            document["warnings"] = [*self.warnings, *map(in_words, self.reveals)]
        if self.overridden:
            document["overridden"] = self.overridden
        return document

    def summary_with_unmatched(self) -> dict[str, Any]:
        """Return the summary with a warning of opt-outs that have no pupil yet.

        The digest that a hand-over compares is of the summary without it: one more unmatched
        opt-out does not change what may leave.
        """
        summary = self.summary()
        if self.unmatched:
            sentence = unmatched_in_words(self.unmatched, self.alike)
            summary["warnings"] = [*summary.get("warnings", ()), sentence]
        return summary

    def document(self) -> dict[str, Any]:
        """Return the whole decision as JSON."""
        return {
            **self.summary_with_unmatched(),
            "detail": [
                {
                    "row": finding.row,
                    "upn": finding.upn,
                    "outcome": finding.outcome.value,
                    "reason": finding.reason.value,
                    "emptied": list(finding.emptied),
                }
                for finding in self.findings
            ],
        }


def seen_for(on: date, now: datetime) -> Seen:
    """Return which of people's decisions count (H2a): today all that are stored, of another day those
    received by its end."""
    if days.day_of(now) == on:
        return seen_now(now)
    return Seen(days.end_of(on), days.end_of(on))


class Rows(Protocol):
    """What can be decided on: an extract, or a list of people of whom the same was given."""

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the cells that identify the pupils of rows, in batches of about `size` rows."""


class HeadedRows(Rows, Protocol):
    """Rows with their columns: each heading and the item that it stands for, or None."""

    columns: list[tuple[str, rules.Item | None]]


def decide(
    extract: HeadedRows,
    loaded: Loaded,
    seen: Seen,
    *,
    override: bool = False,
    permitted: Mapping[int, row_decision_rules.Permission] = MappingProxyType({}),
    warnings: Sequence[str] = (),
) -> ExtractDecision:
    """Decide on a whole extract, in a transaction; lock, write and store nothing.

    `override`, `permitted` and `warnings` are those of `deciding`. Raises BadInputError for a faulty row.
    """
    with deciding(
        loaded, extract.columns, override=override, permitted=permitted, warnings=warnings
    ) as decider:
        decider.read(extract)
        for segment in decider.segments(seen):
            for _ in segment:
                pass
    return decider.decision()


@contextmanager
def deciding(
    loaded: Loaded,
    headings: Sequence[tuple[str, rules.Item | None]],
    *,
    override: bool = False,
    permitted: Mapping[int, row_decision_rules.Permission] = MappingProxyType({}),
    warnings: Sequence[str] = (),
    keep_findings: bool = True,
) -> Iterator["ExtractDecider"]:
    """Begin a decision on an extract with these headings; belongs in a transaction.

    With an `override` an opt-out alone withholds nothing; `permitted` are protected pupils, by id,
    whose rows a second officer lets go (P3); `warnings` say what the file hides. Without
    `keep_findings` rows that are not released in full are counted and not listed.
    """
    with collector_at_rest(), ThreadPoolExecutor(1) as pool:
        yield ExtractDecider(
            pool, loaded, headings, override, permitted, tuple(warnings), keep_findings
        )


class ExtractDecider:
    """A decision in the making: read the rows, lock their pupils, decide batch by batch, conclude.

    `columns` are decided from the beginning. Where the request itself is refused there are none,
    and no row is read, locked or decided.
    """

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        loaded: Loaded,
        headings: Sequence[tuple[str, rules.Item | None]],
        override: bool,
        permitted: Mapping[int, row_decision_rules.Permission],
        warnings: tuple[str, ...],
        keep_findings: bool,
    ):
        self.loaded, self.warnings = loaded, warnings
        self.override, self.keep_findings = override, keep_findings
        self.permitted = permitted
        self.reasons = rules.request_reasons(loaded.policy)
        self.columns: tuple[rules.Column, ...] = ()
        self.lookup: _RollLookup | None = None
        if not self.reasons:
            self.columns = rules.decide_columns(loaded.policy, headings)
            row_rules = row_decision_rules.row_rules(loaded.policy, self.columns, loaded.items)
            self.lookup = _RollLookup(pool, row_rules)
        self.total = self.unmatched = self.alike = 0
        self.counts: Counter[row_decision_rules.RowDecision] = Counter()
        self.findings: list[RowFinding] = []
        self.hash = hashlib.sha256()

    @property
    def row_rules(self) -> row_decision_rules.RowRules | None:
        """Return the rules for each row; None where the request itself is refused."""
        return self.lookup.rules if self.lookup else None

    def read(self, rows: Rows, *, max_rows: int | None = None) -> None:
        """Read which pupils the rows name, and look them up meanwhile.

        Raises TooManyRowsError past `max_rows`, and what reading raises.
        """
        if self.lookup is not None:
            self.lookup.read(rows.identifiers(BATCH), max_rows)

    def lock_pupils(self) -> None:
        """Keep decisions of people about these pupils from changing: from here they wait (H2)."""
        if self.lookup is None:
            return
        pupils = self.lookup.pupils_if_few()
        if pupils is None:
            lock_everybody()
        else:
            lock_with_others(pupils)

    def segments(self, seen: Seen) -> Iterator[Iterator[DecidedBatch]]:
        """Decide on the rows in their order, by the decisions of people that `seen` says count.

        While a segment's batches are gone through, the connection may be kept busy with a COPY.
        Raises LookupError for a pupil about whom nobody's decisions were asked for.
        """
        if self.lookup is None:
            return
        peoples_decisions = load_decisions(
            self.loaded, self.lookup.rules, self.lookup.pupils_if_few(), seen, self.permitted
        )
        self.row_decider = RowDecider(self.lookup.rules, peoples_decisions, override=self.override)
        version, purpose = self.loaded.version, self.loaded.policy.purpose
        assert version is not None  # without one the request was refused
        self.unmatched, meant = like_the_unmatched(version.recipient_id, purpose)
        for segment in self.lookup.segments():
            yield self._decided(segment, meant, self.lookup.rules)

    def _decided(
        self,
        segment: Iterator[RollBatch],
        meant: frozenset[int],
        row_rules: row_decision_rules.RowRules,
    ) -> Iterator[DecidedBatch]:
        for batch in segment:
            decided = self.row_decider.decide(self.total, batch)
            self.total += len(decided.decisions)
            self.counts.update(decided.decisions)
            if meant:
                self.alike += sum(
                    decision.reason is None and pupil in meant
                    for pupil, decision in zip(batch.ids, decided.decisions, strict=True)
                )
            for place, decision in enumerate(decided.decisions):
                if decision.reason is not None:
                    row, upn = decided.first + place, decided.upns[place]
                    emptied = row_rules.emptied_by(decision)
                    finding = RowFinding(
                        row, upn, decision.outcome, decision.reason, emptied,
                        unlocated=decision in row_decision_rules.WITHOUT_LOCATING,
                    )  # fmt: skip
                    self.hash.update("\t".join(map(str, finding)).encode())
                    if self.keep_findings:
                        self.findings.append(finding)
            yield decided

    def decision(self, reveals: Sequence[EarlierFile] = ()) -> ExtractDecision:
        """Conclude; `reveals` are earlier files that tell, together with this one, who opted out, for
        which a second officer is needed. Raises ValueError unless every row that was read has been
        decided."""
        if self.lookup is None:
            decision = ExtractDecision(
                self.loaded.policy, rules.Outcome.REFUSED, self.reasons, warnings=self.warnings
            )
        else:
            decision = self._of_rows(self.lookup.rows_read, self.lookup.rules)
        digest = self.hash.copy()
        if reveals:
            decision.reveals = tuple(reveals)
            digest.update(repr([file.disclosure for file in reveals]).encode())
        digest.update(repr(decision.summary()).encode())
        decision.digest = digest.hexdigest()
        return decision

    def _of_rows(self, rows_read: int, row_rules: row_decision_rules.RowRules) -> ExtractDecision:
        if self.total != rows_read:
            raise ValueError(f"{self.total} of {rows_read} rows were decided")
        released = self.counts[row_decision_rules.WHOLE]
        unlocated = (
            self.counts[row_decision_rules.UNLOCATED]
            + self.counts[row_decision_rules.REDUCED_UNLOCATED]
        )
        reduced = self.counts[row_decision_rules.REDUCED] + unlocated
        counts = row_decision_rules.RowCounts(
            total=self.total,
            released=released,
            reduced=reduced,
            withheld=self.total - released - reduced,
        )
        outcome, reasons = row_decision_rules.outcome_of(self.columns, counts)
        return ExtractDecision(
            self.loaded.policy,
            outcome,
            reasons,
            columns=self.columns,
            special_category=rules.needs_approval(self.columns, self.loaded.items),
            rows=counts,
            emptied=row_rules.emptied,
            locating=row_rules.locating,
            unlocated=unlocated,
            reason_counts=_by_reason(self.counts),
            findings=self.findings,
            schools=frozenset(self.row_decider.schools),
            overridden=self.row_decider.overridden,
            warnings=self.warnings,
            unmatched=self.unmatched,
            alike=self.alike,
        )


def _by_reason(
    counts: Counter[row_decision_rules.RowDecision],
) -> Counter[tuple[rules.Outcome, rules.Reason]]:
    by_reason: Counter[tuple[rules.Outcome, rules.Reason]] = Counter()
    for decision, count in counts.items():
        if decision.reason is not None:
            by_reason[decision.outcome, decision.reason] += count
    return by_reason


class _RollLookup:
    """The rows of an extract, each beside what the roll says of its pupil.

    The roll is locked, other than people's decisions: what is read first is looked up while the
    rest is read, and compared by a thread while the server looks up more. Of a longer file, the
    rest is looked up when its turn comes.
    """

    def __init__(self, pool: ThreadPoolExecutor, row_rules: row_decision_rules.RowRules):
        self.pool, self.rules = pool, row_rules
        self.rows_read = 0
        self.early: list[Future[list[RollBatch]]] = []
        self.later: list[Identifiers] = []

    def read(self, batches: Iterator[Identifiers], max_rows: int | None) -> None:
        """Read all batches. Raises TooManyRowsError past `max_rows`."""
        while chunk := list(islice(batches, CHUNK)):
            self.rows_read += sum(batch.rows for batch in chunk)
            if max_rows is not None and self.rows_read > max_rows:
                raise TooManyRowsError(max_rows)
            if len(self.early) * CHUNK < AHEAD:
                self.early.append(self.pool.submit(list, self._beside_roll(chunk)))
            else:
                self.later += chunk

    def pupils_if_few(self) -> list[int] | None:
        """Return the ids of all pupils whom the rows name; None if there are many rows."""
        if self.later or self.rows_read > FEW:
            return None
        batches = [batch for future in self.early for batch in future.result()]
        return [pupil for batch in batches for pupil in batch.ids if pupil is not None]

    def segments(self) -> Iterator[Iterator[RollBatch]]:
        """Yield the batches, many at a time, so that the connection is free while each is gone
        through; a batch is forgotten once it has been yielded."""
        yield self._early()
        while self.later:
            segment, self.later = self.later[:SEGMENT], self.later[SEGMENT:]
            yield self._beside_roll(segment)

    def _early(self) -> Iterator[RollBatch]:
        while self.early:
            yield from self.early.pop(0).result()

    def _beside_roll(self, batches: list[Identifiers]) -> Iterator[RollBatch]:
        cells = [batch.cells() for batch in batches]
        fetch = look_up([upn for batch in cells for upn in batch.upns])
        return (roll_batch(batch, fetch(len(batch.upns)), self.rules) for batch in cells)


class TooManyRowsError(Exception):
    """The extract has more rows than an upload may have."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(f"the file has more than {limit:,} rows")
