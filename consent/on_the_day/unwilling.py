"""Children who did not want to take part on the day: a decision of their own kind (C2).

Only a child who is able and willing is weighed and measured, whatever parents chose. School staff note
who was not willing; it counts for that school year, and no parent's choice undoes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from consent.age_rules import school_year
from consent.decisions.recording import record
from consent.errors import RefusedError
from consent.models import Decision, Pupil, Scheme, School
from consent.queries import lock_pupils, scheme_facts, standing_for, standings_among
from consent.rules import Choice, DecidedBy, Refusal, seen_now
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, end_of, start_of
from privacy_portal.ground.names import person_key


@dataclass(frozen=True, slots=True)
class ListedPupil:
    """A pupil of the list. `unwilling_on` is the day on which they did not want to take part, this school
    year; `opted_out` says that a choice of someone else keeps them out."""

    pupil: Pupil
    unwilling_on: date | None
    opted_out: bool


def year_groups_of(schools: Sequence[School]) -> list[str]:
    """Return the year groups of pupils on the rolls of these schools, numbers first; 1 query."""
    pupils = Pupil.objects.on_roll().filter(school__in=schools).exclude(year_group="")
    names = pupils.order_by("year_group").values_list("year_group", flat=True).distinct()
    return sorted(
        names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name)
    )


def year_group(
    scheme: Scheme, school: School, year: str, *, by: User, at: datetime
) -> list[ListedPupil]:
    """Return the pupils of a year group, by name, and who of them takes no part; as many queries as
    `standings_among`, and 3 more.

    Only the school's own staff see there who is protected: the list says at which school they are (P2).
    """
    listed = Pupil.objects.on_roll().filter(school=school, year_group=year, died_on=None)
    if by.sees_every_school:
        listed = listed.filter(protected=False)
    pupils = list(listed.order_by("surname_folded", "forename_folded", "pk"))
    standings = standings_among(
        scheme, scheme_facts(scheme), [pupil.pk for pupil in pupils], seen_now(at)
    )
    rows = []
    for pupil in pupils:
        deciding = standings[pupil.pk].deciding if pupil.pk in standings else ()
        days = [day_of(choice.received) for choice in deciding if choice.choice is Choice.UNWILLING]
        others = any(choice.choice is Choice.OPT_OUT for choice in deciding)
        rows.append(ListedPupil(pupil, max(days, default=None), others))
    return rows


def record_unwilling(
    scheme: Scheme, pupils: Iterable[Pupil], *, on: date, by: User, at: datetime
) -> int:
    """Record that these pupils did not want to take part on the day; return how many are new.

    One of whom that is recorded for the same school year is left as it is. Raises RefusedError for a
    scheme that does not ask children, MisdatedError for a day to come.
    """
    if not scheme.child_may_refuse:
        raise RefusedError(Refusal.PARENTS_ONLY)
    with transaction.atomic():
        asked = sorted(pupils, key=lambda pupil: pupil.pk)
        lock_pupils([pupil.pk for pupil in asked])
        # Records may have been merged since the list was shown.
        standing = {pupil.pk: pupil for pupil in map(standing_for, asked)}
        lock_pupils(list(standing))
        known = _recorded(scheme, standing, on)
        new = [
            Decision(
                pupil=pupil,
                scheme=scheme,
                choice=Choice.UNWILLING.value,
                by=DecidedBy.PUPIL.value,
                person_name=(name := f"{pupil.forename} {pupil.surname}"),
                person_key=person_key(name),
                channel=Decision.Channel.IN_PERSON,
                received_at=at if on == day_of(at) else start_of(on),
                recorded_at=at,
                recorded_by=by,
            )
            for pupil in standing.values()
            if pupil.pk not in known
        ]
        if new:
            record(new, by=by, at=at)
    return len(new)


def unwilling_about(pupil: Pupil) -> list[Decision]:
    """Return when the pupil did not want to take part, newest first; 1 query."""
    decisions = pupil.decisions.filter(choice=Choice.UNWILLING.value, invalidation=None)
    return list(decisions.select_related("scheme__recipient").order_by("-received_at", "-pk"))


def _recorded(scheme: Scheme, pupils: Iterable[int], on: date) -> set[int]:
    """Return the ids of those of whom it is recorded for the school year of the day; 1 query."""
    first, last = school_year(on)
    decisions = Decision.objects.filter(
        scheme=scheme, pupil__in=list(pupils), choice=Choice.UNWILLING.value, invalidation=None,
        received_at__gte=start_of(first), received_at__lte=end_of(last),
    )  # fmt: skip
    return set(decisions.values_list("pupil", flat=True))
