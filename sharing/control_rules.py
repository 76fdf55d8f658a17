"""The rules of the nightly control (docs/rulebook.md, K3): what came out of an invented extract."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a control ended: nothing but basic items came out; more did; nothing could come out, since the
    request was refused; or it shows nothing, for it was not carried through."""

    HELD = "held"
    FAILED = "failed"
    REFUSED = "refused"
    UNFINISHED = "unfinished"


# Of several outcomes the gravest is that of all.
_GRAVEST_FIRST = (Outcome.FAILED, Outcome.UNFINISHED, Outcome.HELD, Outcome.REFUSED)

NOT_SEEN = "The row of an invented pupil without an opt-out was not released in full."
NOT_SHARED = "Nothing but basic items may be shared under this agreement."


@dataclass(frozen=True, slots=True)
class InventedExtract:
    """A self-made extract: the `headings` of its columns, the code of the `items` that each stands for, and
    a row for each invented pupil. No two cells of two pupils are alike, so that one is known wherever
    it comes out."""

    headings: Sequence[str]
    items: Sequence[str]
    opted_out: Sequence[Sequence[str]]
    not_opted_out: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a control ended, the headings of cells `beyond` the basic items, and why where it has to be said."""

    outcome: Outcome
    beyond: tuple[str, ...] = ()
    why: str = ""


def judge(
    extract: InventedExtract, file: Sequence[Sequence[str]], basic_items: Collection[str]
) -> Verdict:
    """K3 Judge the permitted file, headings first, that was made from an invented extract.

    One cell of an opted-out pupil that is no basic item, wherever it stands, and the control has failed.
    It shows nothing unless the cells of a pupil without an opt-out are all there.
    """
    cells = [cell for row in file for cell in row]
    beyond = tuple(
        heading
        for at, (heading, item) in enumerate(zip(extract.headings, extract.items, strict=True))
        if item not in basic_items
        and any(row[at] in cell for row in extract.opted_out for cell in cells)
    )
    if beyond:
        return Verdict(Outcome.FAILED, beyond)
    columns = {heading: at for at, heading in enumerate(extract.headings)}
    permitted = [columns[heading] for heading in (file[0] if file else ()) if heading in columns]
    released = {tuple(row) for row in file[1:]}
    expected = {tuple(row[at] for at in permitted) for row in extract.not_opted_out}
    if not permitted or not expected <= released:
        return Verdict(Outcome.UNFINISHED, why=NOT_SEEN)
    if all(extract.items[at] in basic_items for at in permitted):
        return Verdict(Outcome.HELD, why=NOT_SHARED)
    return Verdict(Outcome.HELD)


def outcome_of(outcomes: Collection[Outcome]) -> Outcome:
    """K3 Return the outcome of a whole run: the gravest. Without a scheme nothing could come out."""
    return next((outcome for outcome in _GRAVEST_FIRST if outcome in outcomes), Outcome.REFUSED)


def widened(before: Mapping[str, Collection[str]], scheme: str, now: Collection[str]) -> list[str]:
    """K3 Return the basic items that a scheme did not have at the control `before`: whoever adds one makes
    the control see less. Nothing for a scheme that no control has seen."""
    return sorted(set(now) - set(before[scheme])) if scheme in before else []
