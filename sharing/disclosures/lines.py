"""The lines of a disclosure: one a row, stored with COPY and vouched for by a Merkle root."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

from django.db import connection

from privacy_portal.ground.log.merkle import Frontier, leaf_hashes
from sharing.deciding.rows import DecidedBatch
from sharing.row_decision_rules import (
    REDUCED,
    REDUCED_UNLOCATED,
    SENT,
    UNLOCATED,
    WHOLE,
    WITHHELD,
    RowDecision,
)
from sharing.rules import Outcome, Reason

# Places in these lists are what the table stores: only ever add at the end.
OUTCOMES = (Outcome.RELEASED, Outcome.REDUCED, Outcome.WITHHELD)
REASONS = (
    Reason.INVALID_UPN,
    Reason.UNKNOWN_PUPIL,
    Reason.DUPLICATE,
    Reason.DETAILS_DIFFER,
    Reason.OUTSIDE_SCHOOLS,
    Reason.TOO_YOUNG,
    Reason.TOO_OLD,
    Reason.OPTED_OUT,
    Reason.OBJECTED,
    Reason.DECEASED,
    Reason.PROTECTED,
)
# The place of a row's items among the sets that its disclosure names; withheld rows have none.
ITEM_SETS = {WHOLE: 0, REDUCED: 1, UNLOCATED: 2, REDUCED_UNLOCATED: 3}

_NULL = "\\N"
# Lines as COPY writes them, without their disclosure: their leaf hashes are over this in UTF-8.
_STORED = r"""
SELECT disclosure_id, concat_ws(E'\t', row, coalesce(person::text, '\N'), coalesce(item_set::text, '\N'),
    outcome, coalesce(reason::text, '\N'))
FROM sharing_disclosureline WHERE disclosure_id = ANY(%s) ORDER BY disclosure_id, row
"""
_COPY = "COPY {table} (disclosure_id, row, person, item_set, outcome, reason) FROM STDIN"


def outcome_text(item_set: int | None, outcome: int, reason: int | None) -> str:
    """Return set of items, outcome and reason of a line as COPY writes them."""
    return (
        f"{_NULL if item_set is None else item_set}\t{outcome}\t"
        f"{_NULL if reason is None else reason}"
    )


def _places(item_sets: Mapping[RowDecision, int]) -> dict[RowDecision, str]:
    return {
        decision: outcome_text(
            item_sets.get(decision),
            OUTCOMES.index(decision.outcome),
            None if decision.reason is None else REASONS.index(decision.reason),
        )
        for decision in (*SENT, *WITHHELD.values())
    }


_PLACES = _places(ITEM_SETS)
# Of what was sent before it was decided on all was released, whatever the decision says.
_SENT = _places(dict.fromkeys((*SENT, *WITHHELD.values()), 0))
SENT_UNDECIDED = outcome_text(0, OUTCOMES.index(Outcome.WITHHELD), None)


def next_disclosure_id() -> int:
    """Take the id of the next disclosure, whose lines are written before its row; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('sharing_disclosure', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


class Lines:
    """Writes the lines of one disclosure and grows their tree; with `sent` every row was released in
    full, whatever its decision. `table` is another of the same columns, for a file that is checked."""

    def __init__(
        self, disclosure_id: int, *, sent: bool = False, table: str = "sharing_disclosureline"
    ):
        self.disclosure_id, self.copy_into = disclosure_id, _COPY.format(table=table)
        self.places = _SENT if sent else _PLACES
        self.tree = Frontier()

    @contextmanager
    def copying(self) -> Iterator[None]:
        """Keep one COPY open, in which `add` stores batches: the server stores a batch while the next
        is being decided."""
        with connection.cursor() as cursor, cursor.copy(self.copy_into) as self.copy:
            yield

    def add(self, batch: DecidedBatch) -> None:
        """Store the lines of a batch of rows, in their order, in the open COPY."""
        prefix, places = f"{self.disclosure_id}\t", self.places
        text = "\n".join(
            [
                f"{row}\t{person or _NULL}\t{places[decision]}"
                for row, (person, decision) in enumerate(
                    zip(batch.people, batch.decisions, strict=True), batch.first
                )
            ]
        )
        self.copy.write(prefix + text.replace("\n", f"\n{prefix}") + "\n")
        self.tree.extend(leaf_hashes(text.encode().split(b"\n")))

    def add_given(self, rows: Sequence[tuple[str | None, int, RowDecision]]) -> None:
        """Store lines of people of whom something was given by hand: for each the reference, the place
        of the items among the disclosure's sets, and what the rules say of the row."""
        self._store(
            [
                f"{row}\t{person or _NULL}\t"
                + outcome_text(
                    place,
                    OUTCOMES.index(decision.outcome),
                    None if decision.reason is None else REASONS.index(decision.reason),
                )
                for row, (person, place, decision) in enumerate(rows, self.tree.size + 1)
            ]
        )

    def add_undecided(self, people: Sequence[str | None]) -> None:
        """Store lines of people of whom something was given without a decision on their rows."""
        self._store(
            [
                f"{row}\t{person or _NULL}\t{SENT_UNDECIDED}"
                for row, person in enumerate(people, self.tree.size + 1)
            ]
        )

    def _store(self, lines: Sequence[str]) -> None:
        self.tree.extend(leaf_hashes([line.encode() for line in lines]))
        with connection.cursor() as cursor, cursor.copy(self.copy_into) as copy:
            copy.write("".join(f"{self.disclosure_id}\t{line}\n" for line in lines))


def stored_trees(disclosures: Sequence[int]) -> dict[int, Frontier]:
    """Build the trees over the lines of disclosures as they are stored now, in the order of rows; 1
    query, whose rows are read through one cursor."""
    trees = {number: Frontier() for number in disclosures}
    with connection.connection.cursor(name="stored_lines") as cursor:
        cursor.execute(_STORED, [list(disclosures)])
        while rows := cursor.fetchmany(10_000):
            for number, lines in groupby(rows, key=itemgetter(0)):
                trees[number].extend(leaf_hashes([line.encode() for _, line in lines]))
    return trees
