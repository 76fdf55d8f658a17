"""The limits of a funnel plot of shares (docs/rulebook.md, K2), as pure functions."""

from dataclasses import dataclass
from math import ceil, floor

from consent.silence_rules import INNER, OUTER, Place, beyond, chances


@dataclass(frozen=True, slots=True)
class Limits:
    """Between `low` and `high` lies what chance makes of 19 in 20 schools of a size, between `far_below`
    and `far_above` what it makes of 998 in 1,000: numbers of pupils, not whole ones."""

    far_below: float
    low: float
    high: float
    far_above: float

    @property
    def usual(self) -> tuple[int, int]:
        """Return the least and the greatest whole number that is neither low nor high."""
        return ceil(self.low), floor(self.high)

    def place(self, opted_out: int) -> Place:
        """K2 Return where a school with so many pupils opted out lies among these limits."""
        if opted_out < self.low:
            return Place.FAR_BELOW if opted_out < self.far_below else Place.LOW
        if opted_out > self.high:
            return Place.FAR_ABOVE if opted_out > self.far_above else Place.HIGH
        return Place.USUAL


def limits(pupils: int, opted_out: int, everybody: int) -> Limits | None:
    """K2 Return the limits for a school of so many pupils around the share of all schools together, of whose
    pupils (`everybody`) so many opted out; None where that share is 0 or 1 or there are no pupils.

    They are exact binomial limits at 95 % and 99.8 %, as in `silence_rules.place`: in a school of 40 where 1 in
    20 opts out, limits from a normal curve or Wilson’s interval are off by whole pupils. Between two whole numbers a limit lies so far along as the chance it cuts
    off lies between theirs (D. J. Spiegelhalter, Funnel plots for comparing institutional performance,
    Statistics in Medicine 24, 2005, appendix A.1.1), so that the lines are smooth; which whole numbers
    are beyond it stays exact.
    """
    if not pupils or not 0 < opted_out < everybody:
        return None
    share = opted_out / everybody
    return Limits(
        _least(pupils, share, OUTER),
        _least(pupils, share, INNER),
        _most(pupils, share, INNER),
        _most(pupils, share, OUTER),
    )


def _least(pupils: int, share: float, tail: float) -> float:
    """Return the limit below which lie the whole numbers of which so few or fewer have less chance than
    `tail`."""
    fewer = 0.0
    for number, chance in enumerate(chances(pupils, share)):
        if not beyond(fewer + chance, tail):
            return max(0.0, number - 1 + min(1.0, (tail - fewer) / chance))
        fewer += chance
    return float(pupils)


def _most(pupils: int, share: float, tail: float) -> float:
    """Return the limit above which lie the whole numbers of which so many or more have less chance than
    `tail`."""
    fewer = last = 0.0
    for number, chance in enumerate(chances(pupils, share)):
        if beyond(1 - fewer, tail):
            return number - min(1.0, (tail - (1 - fewer)) / last)
        fewer, last = fewer + chance, chance
    return float(pupils)
