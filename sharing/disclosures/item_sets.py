"""The sets of items that the rows of a file hold; its lines refer to them by place."""

from sharing.deciding.deciding import ExtractDecision
from sharing.rules import Outcome, Reason
from sharing.two_files_rules import WITHHELD


def item_sets_of(decision: ExtractDecision) -> list[list[str]]:
    """Return the items that full rows hold, those that reduced rows hold and, where a second officer
    let protected pupils go, those of either that do not tell where they are (P3)."""
    columns = [(column.heading, column.item) for column in decision.columns if column.permitted]

    def held(*emptied: str) -> list[str]:
        return sorted({item for heading, item in columns if item and heading not in emptied})

    if not held():
        return []
    sets = [held(), held(*decision.emptied)]
    if decision.unlocated:
        sets += [held(*decision.locating), held(*decision.locating, *decision.emptied)]
    return sets


def kinds_in(decision: ExtractDecision) -> tuple[list[int], list[int]]:
    """Return which kinds of rows people's decisions cut in the file, and which kinds leave: places of
    sets of items, or WITHHELD."""
    rows, counts = decision.rows, decision.reason_counts
    if rows is None:
        return [], []
    unlocated = bool(decision.unlocated)
    cut = []
    if any(counts[Outcome.WITHHELD, why] for why in (Reason.OPTED_OUT, Reason.OBJECTED)):
        cut.append(WITHHELD)
    reduced = [1, 3] if unlocated else [1]
    if counts[Outcome.REDUCED, Reason.OPTED_OUT]:
        cut += reduced
    given = [0] if rows.released else []
    if rows.reduced:
        given += [1, 2, 3] if unlocated else [1]
    return cut, given
