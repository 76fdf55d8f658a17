"""Schools and schemes in numbers: each number is the length of the list behind it (K1, K2).

Pupils who are protected or have died are in no number and in no list, whoever looks: a list by school
would tell where a protected pupil is (P2). Nor are leavers, records merged into another, and pupils
outside the ages of the scheme.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import BigIntegerField, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from consent.models import Decision, LetterCode, Pupil, PupilMerge, PupilMove, Scheme, School
from consent.models.people import may_be_written_to
from consent.queries import opted_out_by_default, schemes_by_recipient, standings_among
from consent.rules import Scheme as SchemeFacts, seen_now
from consent.same_child_links import open_links
from consent.silence_rules import age_limits, has_answered
from consent.watching.waiting import Waiting, waiting_under
from privacy_portal.ground.days import day_of
from privacy_portal.ground.row_security import beyond_own_schools


class ListName(StrEnum):
    """A list behind a number, as its address names it."""

    ON_ROLL = "on-roll"
    CHOSEN = "with-a-choice"
    OPTED_OUT = "opted-out"
    OPTED_IN = "opted-in"
    UNANSWERED = "no-answer"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class RollPupil:
    """A pupil on a school's roll, by id, with the id of the school."""

    pk: int
    school: int
    born: date
    supported: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """The pupils of a school, by id and in the order of their names, to whom a scheme applies.

    `chosen` are those for whom a decision counts. They are opted out or opted in by it; under a scheme
    that withholds by default all others are opted out too.
    """

    on_roll: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()
    opted_out: tuple[int, ...] = ()
    opted_in: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a school under a scheme. `unanswered` are pupils about whom a letter was printed
    and no decision received since; `waiting` is whatever does not count yet.

    `last_heard` is the day of the last decision under the scheme about a pupil who then was at the
    school; None: never.
    """

    school: School
    choices: Choices
    unanswered: tuple[int, ...]
    waiting: tuple[Waiting, ...]
    last_heard: date | None

    def pupils(self, name: ListName) -> tuple[int, ...]:
        """K1 Return the pupils, by id, behind a number; none for what waits, which is no list of pupils."""
        lists = {
            ListName.ON_ROLL: self.choices.on_roll,
            ListName.CHOSEN: self.choices.chosen,
            ListName.OPTED_OUT: self.choices.opted_out,
            ListName.OPTED_IN: self.choices.opted_in,
            ListName.UNANSWERED: self.unanswered,
        }
        return lists.get(name, ())

    def number(self, name: ListName) -> int:
        """K1 Return a number: the length of the list behind it."""
        return len(self.waiting if name is ListName.WAITING else self.pupils(name))


def rolls(schools: Collection[School]) -> list[RollPupil]:
    """Return the pupils on the rolls of these schools, by name: none who is protected or has died; 1
    query."""
    pupils = Pupil.objects.to_write_to().filter(school__in=[school.pk for school in schools])
    rows = pupils.order_by("surname_folded", "forename_folded", "pk")
    return [
        RollPupil(*row) for row in rows.values_list("pk", "school_id", "born", "supported_to_25")
    ]


def choices_by_school(
    scheme: Scheme,
    facts: SchemeFacts,
    on_rolls: Sequence[RollPupil],
    *,
    everywhere: bool,
    at: datetime,
) -> dict[int, Choices]:
    """Return who is opted out and in under the scheme (C2, C6b), by the id of the school; schools without
    a pupil of these ages are left out. As many queries as `standings_among`: with `everywhere` it asks for
    all who have a decision, which is quicker than naming most pupils.
    """
    limits = age_limits(facts, day_of(at))
    pupils = [pupil for pupil in on_rolls if limits.include(pupil.born, supported=pupil.supported)]
    asked_for = None if everywhere else [pupil.pk for pupil in pupils]
    standings = standings_among(scheme, facts, asked_for, seen_now(at))
    out_by_default = opted_out_by_default(facts)
    lists: dict[int, tuple[list[int], ...]] = defaultdict(lambda: ([], [], [], []))
    for pupil in pupils:
        on_roll, chosen, opted_out, opted_in = lists[pupil.school]
        on_roll.append(pupil.pk)
        standing = standings.get(pupil.pk)
        decided = standing is not None and bool(standing.deciding)
        out = standing.opted_out if standing is not None else out_by_default
        if decided:
            chosen.append(pupil.pk)
        if out:
            opted_out.append(pupil.pk)
        elif decided:
            opted_in.append(pupil.pk)
    return {school: Choices(*map(tuple, four)) for school, four in lists.items()}


def figures_under(
    scheme: Scheme, schools: Iterable[School], *, at: datetime, choices: Mapping[int, Choices]
) -> list[Figures]:
    """Return the figures of these schools under a scheme, in their order, with who chose what by
    `choices_by_school`. Leaves out a school without a pupil of the scheme's ages and with nothing that waits.
    8 queries, and a few more while an opt-in waits or a question of the same child is open.
    """
    among = list(schools)
    unanswered = _unanswered(scheme)
    waiting = waiting_under(scheme, among, _school_of(choices), at=at)
    heard = last_heard([school.pk for school in among])
    return [
        Figures(
            school,
            own,
            tuple(pupil for pupil in own.on_roll if pupil in unanswered),
            tuple(waiting.get(school.pk, ())),
            heard.get((school.pk, scheme.pk)),
        )
        for school in among
        if (own := choices.get(school.pk, Choices())).on_roll or school.pk in waiting
    ]


def figures_of(scheme: Scheme, school: School, *, at: datetime) -> Figures | None:
    """Return the figures of one school under a scheme, if there are any; queries as `figures_under` and
    `choices_by_school`, and 2 more."""
    facts = schemes_by_recipient()[scheme.recipient_id]
    choices = choices_by_school(scheme, facts, rolls([school]), everywhere=False, at=at)
    return next(iter(figures_under(scheme, [school], at=at, choices=choices)), None)


def pupils_of(page: Iterable[int]) -> list[Pupil]:
    """Return these pupils, by id, in this order; 1 query."""
    numbers = list(page)
    pupils = {pupil.pk: pupil for pupil in Pupil.objects.to_write_to().filter(pk__in=numbers)}
    return [pupils[number] for number in numbers if number in pupils]


@beyond_own_schools()
def last_heard(schools: Sequence[int]) -> dict[tuple[int, int], date]:
    """Return the day of the last decision about a pupil of each school, by the ids of school and scheme; 1
    query.

    A decision is the school's where the pupil was when it was received: one who came with a choice from
    another school says nothing about this one. Leavers count here, since they were heard. Invalid
    decisions never were any (C4).
    """
    left_since = PupilMove.objects.filter(pupil=OuterRef("pupil"), at__gt=OuterRef("received_at"))
    before = left_since.order_by("at", "pk").values("from_school")[:1]
    decisions = Decision.objects.filter(
        scheme__isnull=False,
        invalidation=None,
        pupil__in=Pupil.objects.standing().filter(may_be_written_to()),
    ).annotate(
        school=Coalesce(Subquery(before), F("pupil__school_id"), output_field=BigIntegerField())
    )
    newest = (
        decisions.filter(school__in=schools)
        .order_by()
        .values("school", "scheme")
        .annotate(last=Max("received_at"))
    )
    return {(row["school"], row["scheme"]): day_of(row["last"]) for row in newest}


def _school_of(choices: Mapping[int, Choices]) -> dict[int, int]:
    return {pupil: school for school, own in choices.items() for pupil in own.on_roll}


@beyond_own_schools()
def _unanswered(scheme: Scheme) -> set[int]:
    """Return the pupils, by id, about whom a letter with a code was printed and no decision received since:
    about them, or about a record that may be of the same child (C6b). A letter about a record that was
    merged is about the one it is part of now (C6). 4 queries, and 2 more while such a question is open.
    """
    letters = LetterCode.objects.filter(scheme=scheme).order_by().values("pupil")
    printed: dict[int, date] = {}
    kept_by = dict(PupilMerge.objects.in_force().values_list("gone", "kept"))
    for pupil, issued in letters.annotate(last=Max("issued_at")).values_list("pupil", "last"):
        standing = pupil
        while standing in kept_by:
            standing = kept_by[standing]
        printed[standing] = max(day_of(issued), printed.get(standing, date.min))
    decisions = Decision.objects.filter(scheme=scheme, invalidation=None).order_by()
    newest = decisions.values("pupil").annotate(last=Max("received_at"))
    decided = {pupil: day_of(last) for pupil, last in newest.values_list("pupil", "last")}
    links = open_links()
    return {
        pupil
        for pupil, letter_on in printed.items()
        if not any(
            has_answered(letter_on, decided.get(record)) for record in links.with_others([pupil])
        )
    }
