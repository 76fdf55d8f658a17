"""Deciding on rows: batches of rows, as lists side by side (D).

To the rules most rows are alike: nothing withholds them. Those of a batch are found together, and one
of them is decided for all; every other row is decided by itself, in order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from consent import upn
from consent.upn_lookup import OnRoll
from privacy_portal.ground import days
from privacy_portal.ground.names import folded_name
from sharing import row_decision_rules, rules
from sharing.deciding.extracts import Cells
from sharing.deciding.peoples_decisions import PeoplesDecisions


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """Rows that follow each other and the decisions on them, in lists of the same length.

    `first` is the number of the first row; `people` are pupils' random references, None
    for nobody.
    """

    first: int
    upns: list[str]
    decisions: list[row_decision_rules.RowDecision]
    people: Sequence[str | None]


class Standing(NamedTuple):
    """What counts of one pupil beside the roll; rows of the same are decided alike."""

    opted_out: bool
    objected: bool
    died: bool
    protected: bool
    permission: row_decision_rules.Permission | None


class RollBatch(NamedTuple):
    """Rows that follow each other beside what the roll says of their pupils, in lists of the same
    length (`ids`, `people` and so on: see `OnRoll`). `apart` are the places of rows that the roll
    may withhold: of nobody, with a surname or date not the roll's, outside the schools or the
    ages."""

    cells: Cells
    ids: Sequence[int | None]
    people: Sequence[str | None]
    surnames: Sequence[str]
    born: Sequence[date]
    schools: Sequence[str]
    supported: Sequence[bool]
    apart: set[int]


def roll_batch(
    cells: Cells, pupils: Sequence[OnRoll], row_rules: row_decision_rules.RowRules
) -> RollBatch:
    """Compare at least one row, of rows that follow each other, with the pupils on the roll."""
    ids, people, surnames, born, schools, supported = zip(*pupils, strict=True)
    youngest, oldest, only = row_rules.youngest, row_rules.oldest, row_rules.schools
    apart = {at for at, number in enumerate(ids) if number is None}
    if cells.surnames is not None:
        apart.update(_differing(map(compared_surname, cells.surnames), surnames))
    if cells.born is not None:
        apart.update(_differing(map(_day_or_none, cells.born), born))
    if youngest is not None:
        apart.update([at for at, birth in enumerate(born) if birth and birth > youngest])
    if oldest is not None:
        oldest = max(oldest, row_rules.oldest_supported)
        apart.update([at for at, birth in enumerate(born) if birth and birth <= oldest])
    if only is not None:
        apart.update([at for at, school in enumerate(schools) if school not in only])
    return RollBatch(cells, ids, people, surnames, born, schools, supported, apart)


class RowDecider:
    """Decides on batch after batch; knows which pupils stood in rows that were not withheld."""

    def __init__(
        self,
        row_rules: row_decision_rules.RowRules,
        peoples_decisions: PeoplesDecisions,
        *,
        override: bool,
    ):
        self.rules = row_rules
        self.peoples_decisions = peoples_decisions
        self.override = override
        self.sent: set[int | None] = set()
        self.schools: set[str] = set()
        self.overridden = 0
        # Whose decisions are not those of all others.
        self.by_people = peoples_decisions.objected.union(
            peoples_decisions.protected,
            peoples_decisions.died,
            (
                pupil
                for pupil, out in peoples_decisions.opted_out.items()
                if out is not peoples_decisions.others
            ),
        )
        # The decision on rows that are alike, by what counts of their pupils.
        self.alike: dict[Standing, row_decision_rules.RowDecision] = {}

    def decide(self, before: int, batch: RollBatch) -> DecidedBatch:
        """Decide on each row of a batch that stands after `before` other rows. Raises LookupError
        for a pupil about whom people's decisions were not asked for."""
        ids, apart = batch.ids, batch.apart
        if self.peoples_decisions.about is not None and not self.peoples_decisions.about.issuperset(
            pupil for pupil in ids if pupil is not None
        ):
            raise LookupError("people's decisions were asked for only about some of these pupils")
        if not self.sent.isdisjoint(ids) or len(set(ids)) < len(ids):
            decisions = []
            for place in range(len(ids)):
                decisions.append(self._row(batch, place))
                self._remember(batch, decisions, [place])
        else:
            by_people = self.by_people
            unusual = [at for at, pupil in enumerate(ids) if pupil in by_people or at in apart]
            usual = next(iter(set(range(len(ids))).difference(unusual)), None)
            decisions = [
                row_decision_rules.WHOLE if usual is None else self._alike(batch, usual)
            ] * len(ids)
            for place in unusual:
                decide = self._row if place in apart else self._alike
                decisions[place] = decide(batch, place)
            self._remember(batch, decisions, range(len(ids)))
        return DecidedBatch(before + 1, batch.cells.upns, decisions, batch.people)

    def _standing(self, pupil: int) -> Standing:
        counting = self.peoples_decisions
        return Standing(
            counting.opted_out.get(pupil, counting.others),
            pupil in counting.objected,
            pupil in counting.died,
            pupil in counting.protected,
            counting.permitted.get(pupil),
        )

    def _alike(self, batch: RollBatch, place: int) -> row_decision_rules.RowDecision:
        """Decide on a row that the roll does not withhold, of a pupil not yet sent: the first row
        of a kind is decided for all of its kind."""
        pupil = batch.ids[place]
        assert pupil is not None
        kind = self._standing(pupil)
        if kind not in self.alike:
            self.alike[kind] = self._row(batch, place)
        return self.alike[kind]

    def _row(self, batch: RollBatch, place: int) -> row_decision_rules.RowDecision:
        """Decide on one row by itself."""
        cells = batch.cells
        pupil = batch.ids[place]
        if pupil is None:
            valid = upn.is_valid(cells.upns[place])
            return row_decision_rules.decide_row(
                self.rules, row_decision_rules.RowFacts(valid, on_roll=False)
            )
        cell = "" if cells.born is None else cells.born[place].strip()
        born = days.read_day(cell) if cell else None
        standing = self._standing(pupil)
        return row_decision_rules.decide_row(
            self.rules,
            row_decision_rules.RowFacts(
                True,
                True,
                pupil in self.sent,
                "" if cells.surnames is None else compared_surname(cells.surnames[place]),
                born,
                born is None and cell != "",
                batch.surnames[place],
                batch.born[place],
                batch.schools[place],
                batch.supported[place],
                standing.opted_out and not self.override,
                standing.objected,
                standing.died,
                standing.protected,
                standing.permission,
            ),
        )

    def _remember(
        self,
        batch: RollBatch,
        decisions: Sequence[row_decision_rules.RowDecision],
        places: Iterable[int],
    ) -> None:
        """Note the pupils and schools of the rows that will be released."""
        withheld = rules.Outcome.WITHHELD
        released = [at for at in places if decisions[at].outcome is not withheld]
        pupils = [pupil for at in released if (pupil := batch.ids[at]) is not None]
        self.sent.update(pupils)
        # Which school a protected pupil goes to is told nowhere (P2).
        protected = self.peoples_decisions.protected
        if not protected.isdisjoint(pupils):
            released = [at for at in released if batch.ids[at] not in protected]
        self.schools.update(map(batch.schools.__getitem__, released))
        if self.override:
            self.overridden += sum(self._standing(pupil).opted_out for pupil in pupils)


def _differing(cells: Iterable[object], roll: Sequence[object]) -> list[int]:
    """Return the places of cells that are filled and not what the roll says."""
    pairs = enumerate(zip(cells, roll, strict=True))
    return [at for at, (cell, on_roll) in pairs if cell != on_roll and cell]


@lru_cache(maxsize=65_536)
def compared_surname(cell: str) -> str:
    """Return the surname in a cell as it is compared, empty where the cell is empty or blank. What
    has no letter (`-`) is filled (D): it stays as it is written, and equals no surname of the roll."""
    return folded_name(cell) or cell.strip()


@lru_cache(maxsize=65_536)
def _day_or_none(cell: str) -> date | str | None:
    """Return the day in a cell, None where the cell is empty; what is no day stays as written."""
    return (days.read_day(cell) or cell) if cell.strip() else None
