"""The lines of a disclosure: one a row, stored with COPY and vouched for by a Merkle root."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from privacy_portal.log.merkle import Frontier, leaf_hash
from sharing.deciding import DecidedRow
from sharing.models import Disclosure, DisclosureLine
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
)
ITEM_SETS = {Outcome.RELEASED: 0, Outcome.REDUCED: 1, Outcome.WITHHELD: None}

_COPY = """
COPY sharing_disclosureline (disclosure_id, row, person, item_set, outcome, reason) FROM STDIN
"""
_NULL = "\\N"
_OUTCOME_PLACES = {outcome: place for place, outcome in enumerate(OUTCOMES)}
_REASON_PLACES: dict[Reason | None, int | None] = {
    None: None,
    **{reason: place for place, reason in enumerate(REASONS)},
}


def line_bytes(
    row: int, person: UUID | None, item_set: int | None, outcome: int, reason: int | None
) -> bytes:
    """The bytes of a line that its leaf hash is over; `-` stands for none."""
    return (
        f"{row} {'-' if person is None else person.hex} {'-' if item_set is None else item_set} "
        f"{outcome} {'-' if reason is None else reason}"
    ).encode()


def next_disclosure_id() -> int:
    """The id that the next disclosure will have: its lines are written before it; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('sharing_disclosure', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


class Lines:
    """Writes the lines of one disclosure, one COPY a batch, and grows their tree."""

    def __init__(self, disclosure_id: int):
        self.disclosure_id = disclosure_id
        self.tree = Frontier()

    def add(self, rows: Sequence[DecidedRow]) -> None:
        """Stores a batch of rows in their order."""
        text = []
        add = self.tree.add
        for row in rows:
            decision = row.decision
            outcome = _OUTCOME_PLACES[decision.outcome]
            reason = _REASON_PLACES[decision.reason]
            item_set = ITEM_SETS[decision.outcome]
            person = row.person
            add(leaf_hash(line_bytes(row.number, person, item_set, outcome, reason)))
            text.append(
                f"{self.disclosure_id}\t{row.number}\t{_NULL if person is None else person.hex}\t"
                f"{_NULL if item_set is None else item_set}\t{outcome}\t"
                f"{_NULL if reason is None else reason}\n"
            )
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write("".join(text))


def stored_tree(disclosure: Disclosure) -> Frontier:
    """The tree over the lines as they are stored now, in the order of rows."""
    tree = Frontier()
    for line in _stored(disclosure):
        tree.add(leaf_hash(line_bytes(*line)))
    return tree


def _stored(disclosure: Disclosure) -> Iterator[Any]:
    return (
        DisclosureLine.objects.filter(disclosure=disclosure)
        .order_by("row")
        .values_list("row", "person", "item_set", "outcome", "reason")
        .iterator(chunk_size=5_000)
    )
