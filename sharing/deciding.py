"""Deciding on an extract: the one decision that web, command and hand-over all make (D).

Rows stream in batches; each batch takes a fixed number of queries, whatever is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from consent import upn
from consent.naming import NamedPupils, OnRoll
from consent.objecting import objecting
from consent.queries import opted_out_among, opted_out_by_default
from privacy_portal import days
from privacy_portal.collector import collector_at_rest
from privacy_portal.names import folded_name
from sharing import rules
from sharing.policy import Loaded

# A power of two: the tree over a disclosure's lines grows by whole subtrees.
BATCH = 8_192
# Batches whose pupils are asked for at once: what is in memory of a file of any length.
SEGMENT = 16


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """Rows that follow each other and what becomes of them, in lists of the same length.

    `first` is the number of the first row; `people` are pupils' random references, None
    for nobody; all places but those in `apart`, which are in order, have the same decision.
    """

    first: int
    cells: list[list[str]]
    decisions: list[rules.RowDecision]
    people: list[str | None]
    apart: Sequence[int]


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
        return {**document, "overridden": self.overridden} if self.overridden else document

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
                    "emptied": list(self.emptied) if each.outcome is rules.Outcome.REDUCED else [],
                }
                for each in self.findings
            ],
        }


# Opened for rows that follow each other, it gives a function that takes batch after batch.
Take = Callable[[DecidedBatch, tuple[rules.Column, ...]], None]
Sink = Callable[[], AbstractContextManager[Take]]
# Told of the batches in memory that will be taken, before their pupils are looked up.
Ahead = Callable[[Iterable[list[list[str]]], tuple[rules.Column, ...]], None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided, by the ids of pupils: whether each for whom anyone decided is opted
    out, whether all others are, and for whom an objection counts."""

    opted_out: dict[int, bool]
    others: bool
    objected: frozenset[int]


@contextmanager
def _nowhere() -> Iterator[Take]:
    yield lambda batch, columns: None


def instant_for(on: date, now: datetime) -> datetime:
    """When decisions of people must have been received to be seen: by now, or by the end of
    another day."""
    return now if days.day_of(now) == on else days.end_of(on)


class Rows(Protocol):
    """What a decision reads: an extract, or a list of people who got the same."""

    columns: list[tuple[str, rules.Item | None]]
    upn_at: int | None
    surname_at: int | None
    born_at: int | None

    def upns(self, size: int) -> Iterator[list[str]]:
        """The UPN of each row, normal, in batches."""

    def kept(self) -> Iterator[list[list[str]]]:
        """Those batches that are in memory after `upns`, in order."""

    def batches(self, size: int) -> Iterator[list[list[str]]]:
        """The cells of the rows, once after `upns`."""


def decide(
    extract: Rows,
    loaded: Loaded,
    at: Callable[[], datetime],
    *,
    lock: bool = False,
    override: bool = False,
    sink: Sink = _nowhere,
    ahead: Ahead = lambda batches, columns: None,
    keep_findings: bool = True,
    max_rows: int | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Decision:
    """Decides on the whole extract, in a transaction.

    The decisions of people count that do so at the instant `at`, asked once the pupils are
    found and, with `lock`, locked. `sink` takes the rows in order with the decided columns, and
    may keep the connection busy while it is open; `ahead` is told before of rows in memory. With `keep_findings` false the rows that do
    not go whole are counted and not listed. An `override` lets go what an opt-out alone would keep
    back. Raises BadInputError for a faulty row,
    TooManyRowsError past `max_rows`.
    """
    policy = loaded.policy
    if reasons := rules.request_reasons(policy):
        decision = Decision(policy, rules.Outcome.REFUSED, reasons)
        decision.digest = _digest(decision, hashlib.sha256())
        return decision
    columns = rules.decide_columns(policy, extract.columns)
    row_rules = rules.row_rules(policy, columns)
    with collector_at_rest():
        pupils = NamedPupils(_told(extract, columns, ahead))
        if max_rows is not None and pupils.rows > max_rows:
            raise TooManyRowsError(max_rows)
        if lock:
            pupils.lock()
        batches = _Batches(extract, row_rules, _decided(loaded, row_rules, pupils, at()), override)
        counted: Counter[rules.RowDecision] = Counter()
        findings: list[Finding] = []
        running = hashlib.sha256()
        total = 0
        rows = extract.batches(BATCH)
        while total < pupils.rows:
            before, named = total, pupils.facts(total, SEGMENT * BATCH)
            with sink() as take:
                for cells in islice(rows, SEGMENT):
                    decided = batches.decide(total, cells, named(len(cells)))
                    total += len(cells)
                    counted.update(decided.decisions)
                    for place in decided.apart:
                        made = decided.decisions[place]
                        if made.reason is not None:
                            number, written = decided.first + place, batches.upn_of(cells[place])
                            finding = Finding(number, written, made.outcome, made.reason)
                            running.update("\t".join(map(str, finding)).encode())
                            if keep_findings:
                                findings.append(finding)
                    take(decided, columns)
                    progress(total)
            if total == before:
                raise FileChangedError
    pupils.forget()
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
        schools=frozenset(batches.schools),
        overridden=batches.overridden,
    )
    decision.digest = _digest(decision, running)
    return decision


def _told(extract: Rows, columns: tuple[rules.Column, ...], ahead: Ahead) -> Iterator[list[str]]:
    yield from extract.upns(BATCH)
    ahead(extract.kept(), columns)


class FileChangedError(Exception):
    """The file has fewer rows than when it was first read."""


class TooManyRowsError(Exception):
    """The extract has more rows than an upload may have."""

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__(f"the file has more than {limit:,} rows")


def _digest(decision: Decision, running: Any) -> str:
    running.update(repr(decision.summary()).encode())
    return str(running.hexdigest())


def _decided(
    loaded: Loaded, row_rules: rules.RowRules, pupils: NamedPupils, at: datetime
) -> Decided:
    scheme, facts, version = loaded.scheme, loaded.policy.scheme, loaded.version
    assert version is not None  # without one the request was refused
    objected = objecting(version.recipient_id, loaded.policy.purpose, at)
    if not row_rules.scheme_applies or scheme is None or facts is None:
        return Decided({}, False, objected)
    found = opted_out_among(scheme, facts, pupils.decided(scheme.pk), at)
    return Decided(found, opted_out_by_default(facts), objected)


class _Batches:
    """Decides on batch after batch; knows which pupils stood in rows that were not withheld."""

    def __init__(self, extract: Rows, row_rules: rules.RowRules, decided: Decided, override: bool):
        self.extract = extract
        self.rules = row_rules
        self.decided = decided
        self.sent: set[int] = set()
        self.schools: set[str] = set()
        self.override, self.overridden = override, 0
        # Whom an opt-out or objection is about.
        self.by_people = decided.objected.union(
            pupil for pupil, opted_out in decided.opted_out.items() if opted_out
        )

    def upn_of(self, cells: list[str]) -> str:
        at = self.extract.upn_at
        return "" if at is None else upn.normal(cells[at])

    def decide(self, before: int, batch: list[list[str]], pupils: Sequence[OnRoll]) -> DecidedBatch:
        """Decides on each row of a batch that `before` others went before.

        To the rules most rows are alike: nothing speaks against them. Those are found together,
        and one of them is decided for all; every other row is decided by itself, in order.
        """
        ids, people, surnames, born, schools, _ = zip(*pupils, strict=True)
        apart = self._apart(batch, ids, surnames, born, schools)
        if len(apart) == len(batch):
            decisions = [self._row(*each) for each in zip(batch, pupils, strict=True)]
        else:
            rest = set(range(len(batch))).difference(apart) if apart else range(len(batch))
            one = next(iter(rest))
            decisions = [self._row(batch[one], pupils[one])] * len(batch)
            self.sent.update(map(ids.__getitem__, rest))
            self.schools.update(map(schools.__getitem__, rest))
            for place in apart:
                decisions[place] = self._row(batch[place], pupils[place])
            if decisions[one].reason is not None:
                apart = range(len(batch))
        return DecidedBatch(before + 1, batch, decisions, list(people), apart)

    def _apart(
        self,
        batch: list[list[str]],
        ids: Sequence[int | None],
        surnames: Sequence[str],
        born: Sequence[date],
        schools: Sequence[str],
    ) -> Sequence[int]:
        """The places of the rows that something may speak against, in order: of nobody, of a pupil
        who stands in another row, with a surname or date not the roll's, outside the schools or
        the ages, opted out or objected."""
        everything = range(len(batch))
        if self.decided.others or not self.sent.isdisjoint(ids) or len(set(ids)) < len(ids):
            return everything
        by_people = self.by_people
        given: Sequence[str] = surnames
        if (at := self.extract.surname_at) is not None:
            given = list(map(folded_name, map(itemgetter(at), batch)))
        written: Sequence[Any] = born
        if (at := self.extract.born_at) is not None:
            written = list(map(_day_or_none, map(itemgetter(at), batch)))
        row_rules = self.rules
        only = row_rules.schools
        youngest = date.max if row_rules.youngest is None else row_rules.youngest
        oldest = (
            date.min
            if row_rules.oldest is None
            else max(row_rules.oldest, row_rules.oldest_supported)
        )
        return [
            place
            for place, number, name, surname, day, birth, school in zip(
                everything, ids, given, surnames, written, born, schools, strict=True
            )
            if number is None
            or (name != surname and name)
            or (day != birth and day is not None)
            or birth > youngest
            or birth <= oldest
            or number in by_people
            or (only is not None and school not in only)
        ]

    def _row(self, cells: list[str], pupil: OnRoll) -> rules.RowDecision:
        """Decides on one row, and remembers a pupil who goes."""
        pupil_id, _, surname, born, school, supported = pupil
        if pupil_id is None:
            valid = upn.is_valid(self.upn_of(cells))
            return rules.decide_row(self.rules, rules.RowFacts(valid, known=False))
        surname_at, born_at = self.extract.surname_at, self.extract.born_at
        opted_out = self.decided.opted_out.get(pupil_id, self.decided.others)
        written = "" if born_at is None else cells[born_at].strip()
        given = days.read_day(written) if written else None
        decision = rules.decide_row(
            self.rules,
            rules.RowFacts(
                True,
                True,
                pupil_id in self.sent,
                "" if surname_at is None else folded_name(cells[surname_at]),
                given,
                given is None and written != "",
                surname,
                born,
                school,
                supported,
                opted_out and not self.override,
                pupil_id in self.decided.objected,
            ),
        )
        if decision is rules.WHOLE or decision is rules.REDUCED:
            self.sent.add(pupil_id)
            self.schools.add(school)
            self.overridden += opted_out and self.override
        return decision


@lru_cache(maxsize=65_536)
def _day_or_none(written: str) -> date | str | None:
    """The day in a cell, None where the cell is empty; what is no day stays as it is written."""
    return (days.read_day(written) or written) if written.strip() else None
