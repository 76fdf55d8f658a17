"""Pupil records are updated from a file being read, batch by batch.

New pupils are copied into their tables at once; known ones go to a temporary table, and what
changes about them is worked out at the end for all together.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self

from consent.models import HIDDEN, WaitingMove
from consent.roll import sql
from consent.roll.identities import PossibleSame, possible_same_children
from consent.roll.reading import DETAILS, Batch, Mark
from consent.roll.sql import Row
from consent.roll.waiting_rows import WaitingRow
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.faults import Fault
from privacy_portal.ground.log import appending as log

State = WaitingMove.State
Values = Sequence[object] | Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class FirstChanges:
    """The first of each change, for people to look at: names of pupils with their school; with the
    school before and after; with what differs. Known pupils' random references come first. Of those
    `untold` what changes is not told (P2)."""

    added: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    updated: list[Row] = field(default_factory=list)
    left: list[Row] = field(default_factory=list)
    untold: list[Row] = field(default_factory=list)
    protected: list[Row] = field(default_factory=list)
    died: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MeantPupils:
    """The pupils that the rows of a batch mean, by the place of the row: those it updates, and
    those of other schools, for whom it waits."""

    to_update: dict[int, int]
    elsewhere: dict[int, int]


@dataclass(frozen=True, slots=True)
class RowApart:
    """A row that changes nothing, since its UPN came from a record that was merged into another (C6):
    the pupil's id, the line, the UPN, and the pupil's name in the file."""

    pupil: int
    line: int
    upn: str
    name: str


class RollMerge:
    """One import's writing, used in `with`. Lives in a transaction that holds the lock of the roll.

    The COPY of new pupils stays open until another statement is needed: the server stores pupils
    while the next rows are read.
    """

    def __init__(self, cursor: Any):
        self._cursor = cursor
        self._open = ExitStack()
        self._pupils: Any = None
        self._execute(sql.PREPARE)
        self._execute(sql.LOCK_PUPILS)
        # Pupils with this id or a later one come from the same file; the roll did not know them.
        self._first_new = self._next_id = self._value(sql.NEXT_ID)
        self._execute(sql.SCHOOLS)
        schools = cursor.fetchall()
        self._school_ids = {urn: str(pk) for urn, pk, _ in schools}
        self._school_names = {urn: name for urn, _, name in schools}
        self._file_schools: set[str] = set()
        self._any_pupil = self._value(sql.ANY_PUPIL)
        self._line_of: dict[int, int] = {}
        # The numbers of pupils already stored, as COPY reads them: one large COPY costs less.
        self._upns: list[str] = []
        self._new_lines: list[int] = []
        # Records that rows which wait mean: they are in the file.
        self._in_file: set[int] = set()
        self.waiting_rows: list[WaitingRow] = []
        # What rows say of protection and deaths, by UPN; not of those that wait.
        self.marks: dict[str, Mark] = {}
        # UPNs that came to their records by merges that hold.
        merged = self.rows(sql.MERGED_NUMBERS) if self._any_pupil else []
        self._merged_numbers = frozenset(number for (number,) in merged)
        self.schools_added = 0
        # Whether known pupils moved, changed or left, once it is finished.
        self.changed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def meant(self, batch: Batch, only: Collection[str] | None) -> tuple[MeantPupils, list[Fault]]:
        """Return the pupils that rows mean by any of their UPNs, and the faults that show only
        against pupil records.

        No fault names two UPNs (C11). With `only`, the URNs of schools, rows about pupils of others
        wait, and nothing is said about those (C6c). 1 query.
        """
        if not self._any_pupil:
            return MeantPupils({}, {}), []
        former = [number for numbers in batch.former.values() for number in numbers]
        self._execute(sql.FIND, ["\n".join(batch.upns + former), self._first_new])
        pupil_of = dict(self._cursor.fetchall())
        meant = MeantPupils({}, {})
        faults: list[Fault] = []
        if not pupil_of:
            return meant, faults
        others: set[int] = set()
        if only is not None:
            of_others = self.rows(sql.OF_OTHER_SCHOOLS, [list(pupil_of.values()), list(only)])
            others = {pupil for (pupil,) in of_others}
        for place, number in enumerate(batch.upns):
            numbers = (number, *batch.former.get(place, ()))
            pupils = dict.fromkeys(pupil_of[upn] for upn in numbers if upn in pupil_of)
            line = batch.lines[place]
            if not others.isdisjoint(pupils):
                meant.elsewhere[place] = next(pupil for pupil in pupils if pupil in others)
                self._in_file |= set(pupils)
                continue
            if len(pupils) > 1:
                message = (
                    "this row would merge 2 pupils who have separate records. Correct the file, or "
                    "ask a council officer if they are the same pupil."
                )
                faults.append(Fault(message, line, "UPN"))
            for pupil in pupils:
                meant.to_update[place] = pupil
                if number in self._merged_numbers:
                    # The record may be meant by two rows: `set_apart` takes one of them.
                    self._in_file.add(pupil)
                    continue
                if (first := self._line_of.setdefault(pupil, line)) != line:
                    message = f"is the same pupil as line {first}, with a different UPN."
                    faults.append(Fault(message, line, "UPN"))
        return meant, faults

    def set_apart(self) -> Sequence[RowApart]:
        """Leave out the rows that change nothing, and return them by line.

        A row whose UPN came from a merged record updates the record only where it agrees on who the
        pupil is, and no other row does: the school's system has two pupils where there is one
        record, and either may be right. Call it when all rows are stored, before `finish`.
        """
        rows = self.rows(sql.SET_APART) if self._merged_numbers else []
        apart = sorted((RowApart(*row) for row in rows), key=lambda row: row.line)
        self._in_file.update(row.pupil for row in apart)
        return apart

    def store(self, batch: Batch, meant: MeantPupils) -> None:
        """Store the rows of a batch without faults; those that wait are kept in `waiting_rows`."""
        self.marks.update(
            (batch.upns[place], mark)
            for place, mark in batch.marks.items()
            if place not in meant.elsewhere
        )
        self._store_schools(batch.schools)
        schools = list(map(self._school_ids.__getitem__, batch.urns))
        columns = [batch.upns, schools, *batch.details]
        if not meant.to_update and not meant.elsewhere:
            self._store_new(columns, batch.former, batch.lines)
            return
        on_record = meant.to_update.keys() | meant.elsewhere.keys()
        new = [place for place in range(len(batch.upns)) if place not in on_record]
        former = {at: batch.former[place] for at, place in enumerate(new) if place in batch.former}
        self._store_new(_picked(columns, new), former, [batch.lines[place] for place in new])
        if meant.to_update:
            pupils = [str(pupil) for pupil in meant.to_update.values()]
            lines = [str(batch.lines[place]) for place in meant.to_update]
            self._copy(sql.COPY_KNOWN, _rows([lines, pupils, *_picked(columns, meant.to_update)]))
            numbers = [
                f"{pupil}\t{number}\n"
                for place, pupil in meant.to_update.items()
                for number in batch.former.get(place, ())
            ]
            self._copy(sql.COPY_KNOWN_FORMER, "".join(numbers))
        self.waiting_rows += [
            WaitingRow(
                batch.lines[place],
                batch.upns[place],
                pupil,
                int(schools[place]),
                batch.former.get(place, []),
                {name: batch.details[at][place] for at, name in enumerate(DETAILS)},
                batch.marks.get(place),
            )
            for place, pupil in meant.elsewhere.items()
        ]

    def _store_new(
        self, columns: list[list[str]], former: Mapping[int, Sequence[str]], lines: Sequence[int]
    ) -> None:
        """Store new pupils: columns of UPNs, school ids, details; former UPNs by the place in them."""
        upns, *others = columns
        if not upns:
            return
        first, self._next_id = self._next_id, self._next_id + len(upns)
        self._new_lines += lines
        ids = list(map(str, range(first, self._next_id)))
        if self._pupils is None:
            self._pupils = self._open.enter_context(self._cursor.copy(sql.COPY_PUPILS))
        self._pupils.write(_rows([ids, *others]))
        self._upns.append(_rows([upns, ids, ["t"] * len(ids)]))
        self._upns += [
            f"{number}\t{ids[at]}\tf\n" for at, numbers in former.items() for number in numbers
        ]

    def finish(
        self,
        columns: Sequence[str],
        at: datetime,
        *,
        whole: bool,
        show: bool = False,
        untold: bool = False,
    ) -> tuple[dict[str, int], FirstChanges]:
        """Update the known pupils, in the `columns` that the file has.

        With `whole`, pupils of the file's schools who are not in it have left. Returns counts by
        the names that RollImport has for them, and with `show` the first of each change. With
        `untold` neither tells what becomes of protected pupils (P2).
        """
        execute = self._execute
        added = self._next_id - self._first_new
        if self._upns:
            self._store_numbers()
        execute("ANALYZE roll_known, roll_former")
        marked = [upn for upn, mark in self.marks.items() if mark.protected]
        told = {"marked": marked, "untold": untold}
        ((rows, moved, updated, not_told, changed),) = self.rows(sql.count_changes(columns), told)
        missing = {**self._values(at), "untold": untold}
        ((leaving, left),) = self.rows(sql.COUNT_LEFT, missing) if whole else [(0, 0)]
        self.changed = changed or leaving > 0
        first = self._show(columns, told, missing if whole else None) if show else FirstChanges()
        if leaving:
            execute(sql.KEEP_LEFT, missing)
        if where := [column for column in sql.ADDRESS_COLUMNS if column in columns]:
            execute(sql.keep_news_of_addresses(where), {"at": at})
        execute(sql.KEEP_FORMER_NAMES)
        execute(sql.KEEP_MOVES, [at])
        execute(sql.update_pupils(columns))
        execute(sql.RETIRE_UPNS)
        execute(sql.ADD_UPNS)
        execute(sql.ADD_FORMER_UPNS)
        execute("DROP TABLE roll_known, roll_former")
        execute("ANALYZE consent_pupil, consent_pupilupn, consent_school")
        counts = {
            "added": added,
            "updated": updated,
            "moved": moved,
            "left": left,
            "unchanged": rows - updated - moved,
            "untold": not_told,
            "schools_added": self.schools_added,
        }
        return counts, first

    def possible_same_children(self, at: datetime) -> list[PossibleSame]:
        """Return the new pupils who may be children that their school has or had under another UPN
        (C6b), before known pupils are updated."""
        if not self._any_pupil or self._next_id == self._first_new:
            return []
        self._store_numbers()
        lines = dict(zip(range(self._first_new, self._next_id), self._new_lines, strict=True))
        self._execute(sql.WITHOUT_LOOPS)
        possible = possible_same_children(self.rows, self._values(at), lines, day_of(at))
        self._execute(sql.WITH_LOOPS)
        return possible

    def _store_numbers(self) -> None:
        self._copy(sql.COPY_UPNS, "".join(self._upns))
        self._upns = []
        self._execute(sql.LAST_ID, [self._next_id - 1])

    def settle_waiting(self, *, whole: bool, by: User | None, at: datetime) -> list[log.Body]:
        """End the moves that this import made itself or its schools no longer ask for, once it is
        finished; return log entries."""
        in_file = sorted(self._in_file | set(self._line_of))
        schools = [self._school_ids[urn] for urn in self._file_schools]
        values = {"in_file": in_file, "schools": schools, "at": at}
        moves = [(*row, State.OVERTAKEN) for row in self.rows(sql.END_MADE_MOVES, values)]
        if whole:
            moves += [(*row, State.WITHDRAWN) for row in self.rows(sql.END_LEFT_MOVES, values)]
        return [
            log.body(f"move-{state.value}", at=at, by=by, move=move, person=person)
            for move, person, state in moves
        ]

    def _values(self, at: datetime) -> dict[str, object]:
        in_file = sorted(self._in_file)
        return {"first_new": self._first_new, "on": day_of(at), "in_file": in_file}

    def rows(self, statement: str, values: Values = None) -> list[Row]:
        """Return every row of a statement about the import's tables."""
        self._execute(statement, values)
        return list(self._cursor.fetchall())

    def _show(
        self,
        columns: Sequence[str],
        told: Mapping[str, object],
        missing: Mapping[str, object] | None,
    ) -> FirstChanges:
        rows = self.rows
        return FirstChanges(
            added=rows(sql.SHOW_ADDED, [self._first_new]),
            moved=rows(sql.SHOW_MOVES, told),
            updated=[
                (
                    person,
                    name,
                    school,
                    _differences(had_left, new_number, protected, values, columns),
                )
                for person, name, school, had_left, new_number, protected, *values in rows(
                    sql.show_changes(columns), told
                )
            ],
            left=rows(sql.SHOW_LEFT, missing) if missing else [],
            untold=rows(sql.SHOW_UNTOLD, told),
        )

    def _store_schools(self, names: dict[str, str]) -> None:
        """Add schools that are not known. A known one keeps its name: parents read it, and only the
        national register changes it."""
        self._file_schools.update(names)
        for urn, name in names.items():
            if urn not in self._school_ids:
                self._school_ids[urn] = str(self._value(sql.ADD_SCHOOL, [urn, name]))
                self.schools_added += 1

    def _execute(self, statement: str, values: Values = None) -> None:
        self._end_copy()
        self._cursor.execute(statement, values)

    def _value(self, statement: str, values: Values = None) -> Any:
        self._execute(statement, values)
        return self._cursor.fetchone()[0]

    def _copy(self, statement: str, rows: str) -> None:
        self._end_copy()
        with self._cursor.copy(statement) as copy:
            copy.write(rows)

    def _end_copy(self) -> None:
        self._open.close()
        self._pupils = None


def _differences(
    had_left: bool,
    new_number: bool,
    protected: bool,
    values: Sequence[str],
    columns: Sequence[str],
) -> list[str]:
    """Return what changes about a pupil, a sentence each; UPNs are not named (C11), nor where a
    protected pupil lives (P2)."""
    sentences = ["Back on the school roll."] if had_left else []
    if new_number:
        sentences.append("New UPN (we keep the old one for matching).")
    always = ("surname", "forename", "born")
    pairs = zip(values[::2], values[1::2], strict=True)
    for (column, words), (before, after) in zip(sql.COMPARED.items(), pairs, strict=True):
        if before != after and (column in always or column in columns):
            if protected and column in HIDDEN:
                sentences.append(f"{words}: changes (not shown, this pupil is protected).")
                continue
            if column == "born":
                before, after = (in_words(date.fromisoformat(day)) for day in (before, after))
            sentences.append(f"{words}: changes from {before or 'blank'} to {after or 'blank'}.")
    return sentences


def _picked(columns: list[list[str]], places: Collection[int]) -> list[list[str]]:
    return [[column[place] for place in places] for column in columns]


def _rows(columns: list[list[str]]) -> str:
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
