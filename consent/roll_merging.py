"""Bringing the roll in the database up to a roll being read, batch by batch.

Pupils the roll does not know are copied into their tables at once; those it knows go to a
temporary table, and what changes about them is worked out at the end for all together.
"""

from collections.abc import Sequence
from typing import Any

from consent import roll_sql as sql
from consent.roll_reading import Batch
from privacy_portal.faults import Fault

UPNS_AT_ONCE = 100_000


class RollMerge:
    """One import's writing. Lives in a transaction that holds the lock of the roll."""

    def __init__(self, cursor: Any):
        self._cursor = cursor
        cursor.execute(sql.PREPARE)
        cursor.execute(sql.NEW_IDS, [1])
        # Pupils with this id or a later one come from the same file; the roll did not know them.
        (self._first_new,) = cursor.fetchone()
        cursor.execute(sql.SCHOOLS)
        self._schools = {urn: (pk, name) for urn, pk, name in cursor.fetchall()}
        cursor.execute(sql.ANY_PUPIL)
        (self._any_pupil,) = cursor.fetchone()
        self._line_of: dict[int, int] = {}
        # The numbers of pupils already stored, as COPY reads them: a few large COPYs cost less.
        self._upns: list[str] = []
        self.added = self.schools_added = 0

    def known(self, batch: Batch) -> tuple[dict[int, int], list[Fault]]:
        """The pupils on the roll that rows mean by any of their numbers, by place in the batch.

        And the faults that show only against the roll; none names two UPNs (C11). 1 query.
        """
        if not self._any_pupil:
            return {}, []
        former = [number for numbers in batch.former.values() for number in numbers]
        self._cursor.execute(sql.FIND, ["\n".join(batch.upns + former), self._first_new])
        pupil_of = dict(self._cursor.fetchall())
        known: dict[int, int] = {}
        faults: list[Fault] = []
        if not pupil_of:
            return known, faults
        for place, number in enumerate(batch.upns):
            numbers = (number, *batch.former.get(place, ()))
            pupils = {pupil_of[each] for each in numbers if each in pupil_of}
            line = batch.lines[place]
            if len(pupils) > 1:
                faults.append(
                    Fault(
                        "this row makes one pupil of two that the roll keeps apart. Correct the "
                        "file, or ask an officer whether the records are of one child.",
                        line,
                        "UPN",
                    )
                )
            for pupil in pupils:
                known[place] = pupil
                if (first := self._line_of.setdefault(pupil, line)) != line:
                    message = f"is the same pupil as line {first}, under another number."
                    faults.append(Fault(message, line, "UPN"))
        return known, faults

    def store(self, batch: Batch, known: dict[int, int]) -> None:
        """Stores the rows of a batch without faults; `known` as the method of that name says."""
        self._store_schools(batch.schools)
        schools = [self._schools[urn][0] for urn in batch.urns]
        places = range(len(batch.upns))
        new = [place for place in places if place not in known] if known else places
        self._cursor.execute(sql.NEW_IDS, [len(new)])
        ids = [pk for (pk,) in self._cursor.fetchall()]
        self._copy(
            sql.COPY_PUPILS,
            [
                f"{pk}\t{schools[place]}\t{batch.details[place]}\n"
                for pk, place in zip(ids, new, strict=True)
            ],
        )
        self._upns += [
            f"{batch.upns[place]}\t{pk}\tt\n" for pk, place in zip(ids, new, strict=True)
        ]
        if batch.former:
            for pk, place in zip(ids, new, strict=True):
                self._upns += [f"{number}\t{pk}\tf\n" for number in batch.former.get(place, ())]
        if len(self._upns) >= UPNS_AT_ONCE:
            self._store_upns()
        self.added += len(new)
        self._copy(
            sql.COPY_KNOWN,
            [
                f"{pupil}\t{batch.upns[place]}\t{schools[place]}\t{batch.details[place]}\n"
                for place, pupil in known.items()
            ],
        )
        self._copy(
            sql.COPY_KNOWN_FORMER,
            [
                f"{known[place]}\t{number}\n"
                for place, numbers in batch.former.items()
                if place in known
                for number in numbers
            ],
        )

    def finish(self, given: Sequence[str]) -> dict[str, int]:
        """Updates the pupils the roll knew, in the columns that the file has (`given`).

        Returns counts by the names that RollImport has for them.
        """
        self._store_upns()
        execute = self._cursor.execute
        execute("ANALYZE roll_known, roll_former")
        execute(sql.count_changes(given))
        known, moved, updated = self._cursor.fetchone()
        execute(sql.update_pupils(given))
        execute(sql.RETIRE_UPNS)
        execute(sql.ADD_UPNS)
        execute(sql.ADD_FORMER_UPNS)
        execute("DROP TABLE roll_known, roll_former")
        execute("ANALYZE consent_pupil, consent_pupilupn, consent_school")
        return {
            "added": self.added,
            "updated": updated,
            "moved": moved,
            "unchanged": known - updated - moved,
            "schools_added": self.schools_added,
        }

    def _store_schools(self, names: dict[str, str]) -> None:
        for urn, name in names.items():
            if urn not in self._schools:
                self._cursor.execute(sql.ADD_SCHOOL, [urn, name])
                self._schools[urn] = (self._cursor.fetchone()[0], name)
                self.schools_added += 1
            elif self._schools[urn][1] != name:
                self._cursor.execute(sql.RENAME_SCHOOL, [name, urn])

    def _store_upns(self) -> None:
        self._copy(sql.COPY_UPNS, self._upns)
        self._upns.clear()

    def _copy(self, statement: str, rows: list[str]) -> None:
        if rows:
            with self._cursor.copy(statement) as copy:
                copy.write("".join(rows))
