"""What the public register may publish (docs/rulebook.md, S): pure functions."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from sharing.counts_rules import nearest_5

THRESHOLD = 5

Said = TypeVar("Said", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold the figures of an organisation, purpose and month; None is what is not told.

    `limited` are the pupils of whom an opt-out or objection withheld something or everything.
    """

    files: int | None
    pupils: int | None
    limited: int | None = None


def publishable(files: int, pupils: int, limited: int = 0, whole: int = 0) -> Figures:
    """S1 Return the number of different pupils to the nearest 5, None for fewer than 5, and the
    number of files: None too then, for each may be about one child. Files of counts are about
    nobody: 0 pupils is shown.

    The number of pupils whose choice limited what was shared is told, to the nearest 5, if it is 5 or
    more and if there are 5 or more `whole` ones, about whom everything was shared. Otherwise it is
    None: 0 would tell of each pupil that nobody opted out, and nearly all that almost everybody did (S5).

    Figures of one month, organisation and purpose are published once, and no total over any: there
    is no equation between two of them, so none can be worked out of others (S2).
    """
    if 1 <= pupils < THRESHOLD:
        return Figures(None, None)
    if pupils == 0:
        return Figures(files, 0, 0 if limited == 0 else None)
    telling = limited < THRESHOLD or whole < THRESHOLD
    return Figures(files, nearest_5(pupils), None if telling else nearest_5(limited))


def sayable(
    children: Mapping[Said, Iterable[Hashable]], of_nobody: Iterable[Said] = ()
) -> list[Said]:
    """S1 Return what may be said of a month: what is true of 5 children or more, and what is about
    nobody. The order is that in which they are given, those about nobody last."""
    common = [said for said, about in children.items() if len(set(about)) >= THRESHOLD]
    return list(dict.fromkeys([*common, *of_nobody]))


class OptOuts(StrEnum):
    """Whether opt-outs were applied to what was shared, and if not why."""

    APPLIED = "applied"
    NO_OPT_OUT = "no-opt-out"
    LEGAL_DUTY = "legal-duty"
    BASIC_DETAILS = "basic-details"
    NOBODY_NAMED = "nobody-named"
    OVERRIDDEN = "overridden"
    NOT_ALLOWED = "not-allowed"


@dataclass(frozen=True, slots=True)
class OptOutFacts:
    """Hold what decides whether opt-outs applied to a disclosure: whether it is of counts, was released
    despite opt-outs, was recorded against the rules; whether an opt-out exists for its organisation and
    purpose; whether it has more than the opt-out's basic details; whether the law binds to share those; and
    whether one could object to it (C10)."""

    counts: bool
    overridden: bool
    out_of_line: bool
    opt_out: bool
    beyond_basics: bool
    duty: bool
    objection: bool


def opt_outs_of(facts: OptOutFacts) -> OptOuts:
    """S Return whether opt-outs were applied to a disclosure, and if not the reason, the first that holds:
    nobody is named in counts; the rules did not allow it at all; safeguarding or a legal order; there is
    neither an opt-out nor an objection; only basic details were shared, by a legal duty or because no opt-out
    covers them."""
    if facts.counts:
        return OptOuts.NOBODY_NAMED
    if facts.out_of_line:
        return OptOuts.NOT_ALLOWED
    if facts.overridden:
        return OptOuts.OVERRIDDEN
    if facts.objection or (facts.opt_out and facts.beyond_basics):
        return OptOuts.APPLIED
    if not facts.opt_out:
        return OptOuts.NO_OPT_OUT
    return OptOuts.LEGAL_DUTY if facts.duty else OptOuts.BASIC_DETAILS


def months_ended(first: date, today: date) -> Iterator[date]:
    """Yield the first days of the months, from that of `first`, that have ended before `today`."""
    month = first.replace(day=1)
    while month < today.replace(day=1):
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
