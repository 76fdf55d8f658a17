"""Schools that are pointed out: silent for a year, or far below the others under a scheme (K2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from consent.models import Scheme, School
from consent.queries import open_schools, schemes, schemes_by_recipient
from consent.silence_rules import Place, is_silent, place, usual_range
from consent.watching.figures import Choices, choices_by_school, last_heard, rolls
from privacy_portal.ground.days import day_of
from privacy_portal.ground.row_security import beyond_own_schools


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a school compares with all others under a scheme: `chosen` of its `pupils` have a choice.

    `place` and `usual`, the least and the greatest usual number, are None where nothing is compared.
    """

    scheme: Scheme
    chosen: int
    pupils: int
    place: Place | None
    usual: tuple[int, int] | None

    @property
    def missing(self) -> int:
        """Return how many choices fewer than usual there are."""
        return max(self.usual[0] - self.chosen, 0) if self.usual else 0


@dataclass(frozen=True, slots=True)
class SchoolToCheck:
    """A school that is pointed out: it is silent, or far below the others under these schemes.

    `last_heard` is the day of the last decision under any scheme; None: never.
    """

    school: School
    silent: bool
    last_heard: date | None
    far_below: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """All open schools and schemes on a day, and what was chosen; by ids of schemes and schools."""

    on: date
    schools: Sequence[School]
    schemes: Sequence[Scheme]
    choices: Mapping[int, Mapping[int, Choices]]
    heard: Mapping[tuple[int, int], date]

    def compare(self, scheme: Scheme, schools: Collection[School]) -> dict[int, Comparison]:
        """K2 Compare each of these schools with all others under the scheme, by the id of the school."""
        everywhere = self.choices[scheme.pk]
        pupils = sum(len(own.on_roll) for own in everywhere.values())
        chosen = sum(len(own.chosen) for own in everywhere.values())
        comparisons = {}
        for school in schools:
            own = everywhere.get(school.pk, Choices())
            here, size = len(own.chosen), len(own.on_roll)
            others_chosen, others = chosen - here, pupils - size
            comparisons[school.pk] = Comparison(
                scheme,
                here,
                size,
                place(here, size, others_chosen, others),
                usual_range(size, others_chosen, others),
            )
        return comparisons

    def to_check(self, schools: Collection[School]) -> list[SchoolToCheck]:
        """K2 Return those of these schools that are to be pointed out. A school where no scheme applies to
        anybody on the roll is never silent."""
        return [row for row in self.reasons(schools) if row.silent or row.far_below]

    def reasons(self, schools: Collection[School]) -> list[SchoolToCheck]:
        """K2 Return what there is to check at each of these schools: silent ones first, then those that lack
        most choices."""
        comparisons = [self.compare(scheme, schools) for scheme in self.schemes]
        rows = []
        for school in schools:
            days = [self.heard.get((school.pk, scheme.pk)) for scheme in self.schemes]
            last = max((day for day in days if day is not None), default=None)
            own = [compared[school.pk] for compared in comparisons]
            silent = any(comparison.pupils for comparison in own) and is_silent(last, self.on)
            far_below = tuple(
                comparison for comparison in own if comparison.place is Place.FAR_BELOW
            )
            rows.append(SchoolToCheck(school, silent, last, far_below))
        return sorted(rows, key=_urgency)


@beyond_own_schools()
def overview(*, at: datetime) -> Overview:
    """Return all open schools and schemes, and what was chosen; 5 queries, and those of
    `standings_among` for each scheme."""
    every = list(schemes())
    facts = schemes_by_recipient()
    among = list(open_schools(day_of(at)))
    on_rolls = rolls(among)
    return Overview(
        day_of(at),
        among,
        every,
        {
            scheme.pk: choices_by_school(
                scheme, facts[scheme.recipient_id], on_rolls, everywhere=True, at=at
            )
            for scheme in every
        },
        last_heard([school.pk for school in among]),
    )


def schools_to_check(*, at: datetime) -> QuerySet[School]:
    """Return the open schools that the last look pointed out, as the page lists them (K1); 1 query."""
    return open_schools(day_of(at)).filter(to_check_since__isnull=False)


def check_schools(*, at: datetime) -> int:
    """K2 Look at the numbers of all schools, and store which of them are pointed out; return how many.

    To find them the whole roll is read, which no page does that only counts them.
    """
    now = overview(at=at)
    found = [row.school.pk for row in now.to_check(now.schools)]
    with transaction.atomic():
        School.objects.filter(pk__in=found, to_check_since=None).update(to_check_since=at)
        pointed_out = School.objects.filter(to_check_since__isnull=False)
        pointed_out.exclude(pk__in=found).update(to_check_since=None)
    return len(found)


def _urgency(row: SchoolToCheck) -> tuple[bool, date, int, str]:
    missing = sum(comparison.missing for comparison in row.far_below)
    heard = row.last_heard if row.silent and row.last_heard else date.min
    return not row.silent, heard, -missing, row.school.name
