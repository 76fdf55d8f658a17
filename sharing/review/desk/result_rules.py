"""What became of an entry of the disclosure log and of its rows, as pure rules."""

from dataclasses import dataclass
from enum import StrEnum

from sharing.rules import Outcome


class Result(StrEnum):
    """What became of an entry: each has one result."""

    RELEASED = "released"
    REDUCED = "reduced"
    REFUSED = "refused"
    RECEIVED = "received"
    NOT_SENT = "undone"
    NOT_ALLOWED = "out-of-line"


WORDS = {
    Result.RELEASED: "Released in full",
    Result.REDUCED: "Released in part",
    Result.REFUSED: "Refused",
    Result.RECEIVED: "Received",
    Result.NOT_SENT: "Not sent",
    Result.NOT_ALLOWED: "Not allowed",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the result of an entry follows from: `outcome` by the rules, whether it was shared all the same
    (`out_of_line`), received, recorded afterwards (`by_hand`), or not sent although it was logged
    (`undone`)."""

    outcome: str
    out_of_line: bool
    received: bool
    by_hand: bool
    undone: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Numbers of rows: shared in full, shared with basic details only, withheld."""

    released: int
    reduced: int
    withheld: int

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(
            self.released + other.released,
            self.reduced + other.reduced,
            self.withheld + other.withheld,
        )

    @property
    def total(self) -> int:
        """Return all rows together."""
        return self.released + self.reduced + self.withheld


NO_ROWS = Rows(0, 0, 0)


def result_of(kind: Kind) -> Result:
    """Return what became of an entry. What was not sent after all is that and nothing else."""
    if kind.undone:
        return Result.NOT_SENT
    if kind.out_of_line:
        return Result.NOT_ALLOWED
    if kind.received:
        return Result.RECEIVED
    return {
        Outcome.RELEASED: Result.RELEASED,
        Outcome.REDUCED: Result.REDUCED,
        Outcome.REFUSED: Result.REFUSED,
    }[Outcome(kind.outcome)]


def rows_of(kind: Kind, decided: Rows) -> Rows:
    """Return what became of the rows on which the rules `decided` so.

    What was recorded afterwards was shared in full, whatever the rules say of it; of what was not sent
    after all, nothing was shared.
    """
    if kind.undone:
        return Rows(0, 0, decided.total)
    if kind.by_hand:
        return Rows(decided.total, 0, 0)
    return decided
