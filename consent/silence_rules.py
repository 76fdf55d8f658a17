"""Rules about schools that are silent, or far from the others (docs/rulebook.md, K), as pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import exp, isclose, lgamma, log, log1p

from consent.age_rules import SUPPORTED_BELOW_AGE, latest_birth
from consent.rules import Scheme

# So many days without any decision are a year.
SILENT_DAYS = 365
# What is beyond the inner limits has a chance of 1 in 40 on either side, beyond the outer 1 in 1,000.
INNER = 0.025
OUTER = 0.001


class Place(StrEnum):
    """Where a school's number of pupils with a choice lies among what chance would make of it."""

    FAR_BELOW = "far-below"
    LOW = "low"
    USUAL = "usual"
    HIGH = "high"
    FAR_ABOVE = "far-above"


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """The births that a scheme is about: up to `youngest`, and after `oldest` (`oldest_supported` for
    pupils supported to 25). None: no limit."""

    youngest: date | None
    oldest: date | None
    oldest_supported: date

    def include(self, born: date, *, supported: bool) -> bool:
        """K2 A pupil counts under a scheme from its `min_age` until its `below_age` (25 for a pupil whom
        the roll marks as supported to 25), as in a file."""
        if self.youngest is not None and born > self.youngest:
            return False
        return self.oldest is None or born > (self.oldest_supported if supported else self.oldest)


def age_limits(scheme: Scheme, on: date) -> AgeLimits:
    """Return the births that the scheme is about on the day."""
    return AgeLimits(
        youngest=None if scheme.min_age is None else latest_birth(scheme.min_age, on),
        oldest=None if scheme.below_age is None else latest_birth(scheme.below_age, on),
        oldest_supported=latest_birth(SUPPORTED_BELOW_AGE, on),
    )


def is_silent(last_heard: date | None, on: date) -> bool:
    """K2 A school is silent if no decision about any of its pupils was received for a year (365 days),
    or ever."""
    return last_heard is None or (on - last_heard).days >= SILENT_DAYS


def has_answered(letter_on: date, decision_on: date | None) -> bool:
    """K2 A pupil is asked without an answer while no decision was received on the day of the latest letter
    or later. Of many decisions only the day is known, so one of the same day is an answer."""
    return decision_on is not None and decision_on >= letter_on


def place(chosen: int, pupils: int, others_chosen: int, others: int) -> Place | None:
    """K2 A school where `chosen` of `pupils` have a decision is compared with the rate of all other schools
    under the same scheme by exact binomial limits: beyond 95 % it is low or high, which may be chance;
    beyond 99.8 % it is far below or far above.

    The limits are those of a funnel plot (D. J. Spiegelhalter, Funnel plots for comparing institutional
    performance, Statistics in Medicine 24, 2005, 1185-1202): the smaller a school, the wider they are. A
    school of 12 pupils without any decision is not far below others of which 1 in 10 decided: that
    happens by chance to 28 such schools of 100. The school itself is no part of the rate, for a large
    one would hide in it. None where the others have no pupil, no decision or no pupil without one: then
    no difference would be chance.
    """
    if not pupils or not 0 < others_chosen < others:
        return None
    rate = others_chosen / others
    fewer, at_most = _tails(chosen, pupils, rate)
    at_least = 1 - fewer
    if beyond(at_most, INNER):
        return Place.FAR_BELOW if beyond(at_most, OUTER) else Place.LOW
    if beyond(at_least, INNER):
        return Place.FAR_ABOVE if beyond(at_least, OUTER) else Place.HIGH
    return Place.USUAL


def usual_range(pupils: int, others_chosen: int, others: int) -> tuple[int, int] | None:
    """K2 Return the least and the greatest number of decisions that is neither low nor high for a school of
    so many pupils; None where `place` compares nothing."""
    if not pupils or not 0 < others_chosen < others:
        return None
    least, fewer = 0, 0.0
    for number, chance in enumerate(chances(pupils, others_chosen / others)):
        if beyond(fewer + chance, INNER):
            least = number + 1
        if beyond(1 - fewer, INNER):
            return least, number - 1
        fewer += chance
    return least, pupils


def beyond(chance: float, limit: float) -> bool:
    """Return whether a chance is less than the limit: one that is exactly the limit, however it was
    rounded, is not."""
    return chance < limit and not isclose(chance, limit, rel_tol=1e-9)


def _tails(number: int, pupils: int, rate: float) -> tuple[float, float]:
    """Return the chances that fewer than `number` decide, and that no more do."""
    fewer = 0.0
    for other, chance in enumerate(chances(pupils, rate)):
        if other == number:
            return fewer, fewer + chance
        fewer += chance
    return fewer, fewer


def chances(pupils: int, rate: float) -> Iterator[float]:
    """Yield the chance that none of the pupils decide, that one does, and so on (binomial)."""
    whole, yes, no = lgamma(pupils + 1), log(rate), log1p(-rate)
    for number in range(pupils + 1):
        ways = whole - lgamma(number + 1) - lgamma(pupils - number + 1)
        yield exp(ways + number * yes + (pupils - number) * no)
