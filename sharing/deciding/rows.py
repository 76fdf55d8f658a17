"""Deciding on row after row: batches of rows, as lists side by side (D).

To the rules most rows are alike: nothing speaks against them. Those of a batch are found together,
and one of them is decided for all; every other row is decided by itself, in order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from consent import upn
from consent.naming import OnRoll
from privacy_portal.ground import days
from privacy_portal.ground.names import folded_name
from sharing import rules
from sharing.deciding.extracts import Cells


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """Rows that follow each other and what becomes of them, in lists of the same length.

    `first` is the number of the first row; `people` are pupils' random references, None
    for nobody.
    """

    first: int
    upns: list[str]
    decisions: list[rules.RowDecision]
    people: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided, by the ids of pupils: whether each for whom anyone decided is opted
    out, whether all others are, and for whom an objection counts. `about` are the pupils whose
    decisions were asked for, None for all."""

    opted_out: dict[int, bool]
    others: bool
    objected: frozenset[int]
    about: frozenset[int] | None


class Known(NamedTuple):
    """Rows that follow each other beside what the roll has of their pupils, in lists of the same
    length (`ids`, `people` and so on: see `OnRoll`). `apart` are the places of those against which
    something on the roll may speak: of nobody, with a surname or date not the roll's, outside the
    schools or the ages."""

    cells: Cells
    ids: Sequence[int | None]
    people: Sequence[str | None]
    surnames: Sequence[str]
    born: Sequence[date]
    schools: Sequence[str]
    supported: Sequence[bool]
    apart: set[int]


def known(cells: Cells, pupils: Sequence[OnRoll], row_rules: rules.RowRules) -> Known:
    """What the roll says to rows that follow each other, of which there is at least one."""
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
    return Known(cells, ids, people, surnames, born, schools, supported, apart)


class Deciding:
    """Decides on batch after batch; knows which pupils stood in rows that were not withheld."""

    def __init__(self, row_rules: rules.RowRules, decided: Decided, *, override: bool):
        self.rules = row_rules
        self.decided = decided
        self.override = override
        self.sent: set[int | None] = set()
        self.schools: set[str] = set()
        self.overridden = 0
        # Whose decisions are not those of all others.
        self.by_people = decided.objected.union(
            pupil for pupil, out in decided.opted_out.items() if out is not decided.others
        )
        # What becomes of the rows that are alike, by what people decided (see `_people`).
        self.alike: dict[tuple[bool, bool], rules.RowDecision] = {}

    def decide(self, before: int, known: Known) -> DecidedBatch:
        """Decides on each row of a batch that `before` others went before. Raises LookupError for
        a pupil of whom nobody asked what people decided."""
        ids, apart = known.ids, known.apart
        if self.decided.about is not None and not self.decided.about.issuperset(
            pupil for pupil in ids if pupil is not None
        ):
            raise LookupError("people's decisions were asked for only about some of these pupils")
        if not self.sent.isdisjoint(ids) or len(set(ids)) < len(ids):
            decisions = []
            for place in range(len(ids)):
                decisions.append(self._row(known, place))
                self._remember(known, decisions, [place])
        else:
            by_people = self.by_people
            unusual = [at for at, pupil in enumerate(ids) if pupil in by_people or at in apart]
            usual = next(iter(set(range(len(ids))).difference(unusual)), None)
            decisions = [rules.WHOLE if usual is None else self._alike(known, usual)] * len(ids)
            for place in unusual:
                decide = self._row if place in apart else self._alike
                decisions[place] = decide(known, place)
            self._remember(known, decisions, range(len(ids)))
        return DecidedBatch(before + 1, known.cells.upns, decisions, known.people)

    def _people(self, pupil: int) -> tuple[bool, bool]:
        """Whether the pupil is opted out, and whether an objection counts."""
        out = self.decided.opted_out.get(pupil, self.decided.others)
        return out, pupil in self.decided.objected

    def _alike(self, known: Known, place: int) -> rules.RowDecision:
        """Decides on a row against which the roll says nothing, of a pupil not yet sent: the first
        of its kind for all."""
        pupil = known.ids[place]
        assert pupil is not None
        kind = self._people(pupil)
        if kind not in self.alike:
            self.alike[kind] = self._row(known, place)
        return self.alike[kind]

    def _row(self, known: Known, place: int) -> rules.RowDecision:
        """Decides on one row."""
        cells = known.cells
        pupil = known.ids[place]
        if pupil is None:
            valid = upn.is_valid(cells.upns[place])
            return rules.decide_row(self.rules, rules.RowFacts(valid, known=False))
        written = "" if cells.born is None else cells.born[place].strip()
        given = days.read_day(written) if written else None
        opted_out, objected = self._people(pupil)
        return rules.decide_row(
            self.rules,
            rules.RowFacts(
                True,
                True,
                pupil in self.sent,
                "" if cells.surnames is None else compared_surname(cells.surnames[place]),
                given,
                given is None and written != "",
                known.surnames[place],
                known.born[place],
                known.schools[place],
                known.supported[place],
                opted_out and not self.override,
                objected,
            ),
        )

    def _remember(
        self, known: Known, decisions: Sequence[rules.RowDecision], places: Iterable[int]
    ) -> None:
        """Of these rows, whose go."""
        whole, reduced = rules.WHOLE, rules.REDUCED
        going = [at for at in places if decisions[at] is whole or decisions[at] is reduced]
        pupils = [pupil for at in going if (pupil := known.ids[at]) is not None]
        self.sent.update(pupils)
        self.schools.update(map(known.schools.__getitem__, going))
        if self.override:
            self.overridden += sum(self._people(pupil)[0] for pupil in pupils)


def _differing(given: Iterable[Any], known: Sequence[object]) -> list[int]:
    """The places of what is given and not as it is known."""
    pairs = enumerate(zip(given, known, strict=True))
    return [at for at, (each, other) in pairs if each != other and each]


@lru_cache(maxsize=65_536)
def compared_surname(written: str) -> str:
    """The surname in a cell as it is compared, empty where the cell is empty or blank. What has no
    letter (`-`) is filled (D): it stays as it is written, and equals no surname of the roll."""
    return folded_name(written) or written.strip()


@lru_cache(maxsize=65_536)
def _day_or_none(written: str) -> date | str | None:
    """The day in a cell, None where the cell is empty; what is no day stays as it is written."""
    return (days.read_day(written) or written) if written.strip() else None
