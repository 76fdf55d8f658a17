"""The share of opted-out pupils in each school, among the limits of a funnel plot (K2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.funnel_rules import Limits, limits
from consent.models import Scheme, School
from consent.queries import open_schools, schemes_by_recipient
from consent.silence_rules import Place
from consent.watching.figures import Choices, choices_by_school, rolls
from privacy_portal.ground.days import day_of


@dataclass(frozen=True, slots=True)
class SchoolShare:
    """So many of the pupils of a school whom a scheme is for are opted out; `limits` are None where nothing
    is compared."""

    school: School
    opted_out: int
    pupils: int
    limits: Limits | None

    @property
    def share(self) -> float:
        return self.opted_out / self.pupils

    @property
    def place(self) -> Place | None:
        """K2 Return where the school lies among the limits."""
        return self.limits.place(self.opted_out) if self.limits else None


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of all open schools with a pupil whom the scheme is for, by name of the school."""

    schools: Sequence[SchoolShare]

    @property
    def opted_out(self) -> int:
        return sum(school.opted_out for school in self.schools)

    @property
    def pupils(self) -> int:
        return sum(school.pupils for school in self.schools)

    def limits(self, pupils: int) -> Limits | None:
        """K2 Return the limits for a school of so many pupils."""
        return limits(pupils, self.opted_out, self.pupils)


def shares_under(scheme: Scheme, *, at: datetime) -> Shares:
    """Return the shares of the schools under a scheme, with the numbers of their own page (K1); 3 queries,
    and those of `standings_among`."""
    facts = schemes_by_recipient()[scheme.recipient_id]
    among = list(open_schools(day_of(at)))
    choices = choices_by_school(scheme, facts, rolls(among), everywhere=True, at=at)
    own = [(school, choices[school.pk]) for school in among if school.pk in choices]
    opted_out, everybody = _total(own)
    return Shares(
        [
            SchoolShare(
                school,
                len(one.opted_out),
                len(one.on_roll),
                limits(len(one.on_roll), opted_out, everybody),
            )
            for school, one in own
        ]
    )


def _total(schools: Sequence[tuple[School, Choices]]) -> tuple[int, int]:
    return (
        sum(len(own.opted_out) for _, own in schools),
        sum(len(own.on_roll) for _, own in schools),
    )
