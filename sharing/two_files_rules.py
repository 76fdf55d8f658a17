"""What two files together say (docs/rulebook.md, D), as pure functions.

Rows of a file are of kinds: each holds one of the file's sets of items, and set 0 is all that was
permitted. What people decided may have cut a row down to less, or withheld it. Where the other file
has what was cut, whoever has both can subtract one from the other, and learns who opted out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

# The kind of a row that was withheld: it has no set of items.
WITHHELD = -1


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """Something that the same recipient, or one of its group, was given: the disclosure and the number
    of its log entry, under which agreement, for what (in words), and the sets of items of its rows."""

    disclosure: int
    entry: int
    agreement: str
    purpose: str
    on: date
    item_sets: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Kinds of rows that tell who opted out where a pupil's row is of `kind` in the file that is about to
    leave, and of one of `earlier_kinds` in the earlier one."""

    file: EarlierFile
    kind: int
    earlier_kinds: tuple[int, ...]


def tells(
    cut_sets: Sequence[frozenset[str]],
    cut_kind: int,
    given_sets: Sequence[frozenset[str]],
    given_kind: int,
) -> bool:
    """D Return whether a pupil's two rows, subtracted, say that what they decided has cut the first.

    The first row is one that an opt-out or an objection cut: withheld, or left with a smaller set.
    If the pupil is missing from one file, being in the other is enough; otherwise the other file
    must have an item that was cut.
    """
    if given_kind == WITHHELD:
        return False
    if cut_kind == WITHHELD:
        return True
    return bool((cut_sets[0] - cut_sets[cut_kind]) & given_sets[given_kind])


def pairs_cut_here(
    item_sets: Sequence[frozenset[str]], kinds: Iterable[int], earlier: Iterable[EarlierFile]
) -> list[Pair]:
    """D Return, for kinds of rows that people's decisions cut in this file, in which kinds of rows an
    earlier file would have what was cut."""
    kinds = list(kinds)
    return [
        Pair(file, kind, given)
        for file in earlier
        for kind in kinds
        if (
            given := tuple(
                place
                for place in range(len(file.item_sets))
                if tells(item_sets, kind, file.item_sets, place)
            )
        )
    ]


def pairs_cut_earlier(
    item_sets: Sequence[frozenset[str]], kinds: Iterable[int], earlier: Iterable[EarlierFile]
) -> list[Pair]:
    """D Return, for kinds of rows that this file gives, which kinds of rows that people's decisions cut
    in an earlier file it would complete."""
    kinds = list(kinds)
    return [
        Pair(file, kind, cut)
        for file in earlier
        for kind in kinds
        if (
            cut := tuple(
                place
                for place in (WITHHELD, *range(len(file.item_sets)))
                if tells(file.item_sets, place, item_sets, kind)
            )
        )
    ]


@dataclass(frozen=True, slots=True)
class Flow:
    """What can go to an organisation under an agreement for one purpose: items, of pupils of these schools
    (URNs, None for all). `scheme` is the code of the one that applies, empty if none does."""

    agreement: str
    purpose: str
    items: frozenset[str]
    schools: frozenset[str] | None
    scheme: str = ""
    basic_items: frozenset[str] = frozenset()

    @property
    def cut(self) -> frozenset[str]:
        """Return the items that an opt-out cuts."""
        return self.items - self.basic_items if self.scheme else frozenset()


def flows_tell(one: Flow, other: Flow) -> bool:
    """A4 Return whether files of two flows to organisations of one group can tell who opted out: a scheme
    cuts in one of them what the other has, of pupils whom both are about."""
    if one.schools is not None and other.schools is not None and not one.schools & other.schools:
        return False
    return _completes(one, other) or _completes(other, one)


def _completes(cut: Flow, other: Flow) -> bool:
    if not cut.cut or cut.scheme == other.scheme:
        return False
    if cut.cut == cut.items:  # rows are withheld: being in the other file is enough
        return bool(other.items)
    return bool(cut.cut & other.items)
