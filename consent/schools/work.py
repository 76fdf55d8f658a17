"""Choices that schools enter in their own systems and mark as entered (C9).

By law the instruction is given to the school. What a school must enter is a query: each decision
under a statutory scheme about one of its pupils that it has not marked as entered, and each that it
has and that was marked as invalid since.

In a pupil referral unit the authority itself is the responsible person (Education and Skills Act 2008
s.14 and s.72): what reaches the portal has reached it, and counts as passed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DateTimeField as Instant,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Greatest
from django.urls import reverse

from consent.models import (
    Acknowledgement,
    Decision,
    Invalidation,
    MergedDecision,
    Pupil,
    PupilMove,
    Scheme,
    School,
    SchoolStaff,
    Verification,
)
from consent.rules import OPT_IN_DAYS, Choice, seen_now
from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.days import day_of, days_later, working_days_later
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.terms import current as terms


@dataclass(frozen=True, slots=True)
class SchoolWaiting:
    """A school, its choices to enter, how many are overdue, and how many staff get emails."""

    school: School
    to_enter: int
    overdue: int
    staff: int


def work_of(schools: Sequence[School] | QuerySet[School], *, at: datetime) -> QuerySet[Decision]:
    """Return the choices that the schools must enter in their own systems, oldest first; 1 query.

    Each has `told_at`, since when the school could know, and `withdrawn`, whether it must be
    removed again. An opt-in waits until it counts. Decisions imported from the schools' own records
    are entered already, until the pupil moves. A merged record has none: its decisions belong to
    the other record. A pupil referral unit has none either.
    """
    here = Acknowledgement.objects.filter(decision=OuterRef("pk"), school=OuterRef("pupil__school"))
    invalid = Exists(Invalidation.objects.filter(decision=OuterRef("pk")))
    counted = Exists(Verification.objects.filter(decision=OuterRef("pk")))
    moves = PupilMove.objects.filter(pupil=OuterRef("pupil"), to_school=OuterRef("pupil__school"))
    opt_in_since = days_later(seen_now(at).opt_ins_until, -OPT_IN_DAYS)
    decisions = Decision.objects.filter(
        scheme__kind=Scheme.Kind.STATUTORY,
        pupil__in=Pupil.objects.standing().filter(
            school__in=schools, school__pupil_referral_unit=False
        ),
    ).alias(
        known=Exists(here.filter(invalid=False)),
        taken_out=Exists(here.filter(invalid=True)),
        moved=Exists(moves.filter(at__gte=OuterRef("recorded_at"))),
        counted=counted,
    )
    counts = Q(choice=Choice.OPT_OUT.value) | Q(received_at__lte=opt_in_since) & (
        Q(counted=True) | Q(import_key__isnull=False)
    )
    new = Q(invalid=False, known=False) & counts & (Q(import_key=None) | Q(moved=True))
    withdrawn = Q(invalid=True, known=True, taken_out=False)
    last_move = moves.values("to_school").annotate(last=Max("at")).values("last")
    decisions_to_enter = (
        decisions.annotate(invalid=invalid, moved_at=last_move)
        .filter(new | withdrawn)
        .annotate(
            withdrawn=F("invalid"),
            told_at=Case(
                When(invalid=True, then=F("invalidation__recorded_at")),
                default=Greatest("recorded_at", "moved_at", "verification__at"),
                output_field=Instant(),
            ),
        )
    )
    return decisions_to_enter.select_related(
        "pupil__school", "scheme__recipient", "request"
    ).order_by("told_at", "pk")


def acknowledge(decisions: Sequence[Decision], *, by: User, at: datetime) -> int:
    """Mark choices, read with `work_of`, as entered in the school's system; return how many are new."""
    number = 0
    with transaction.atomic():
        entries = []
        for decision in decisions:
            withdrawn = annotated(decision, "withdrawn", bool)
            done, new = Acknowledgement.objects.get_or_create(
                decision=decision,
                school=decision.pupil.school,
                invalid=withdrawn,
                defaults={"at": at, "by": by},
            )
            if new:
                number += 1
                entries.append(
                    log.body(
                        "decision-acknowledged",
                        at=at,
                        by=by,
                        decision=decision.pk,
                        school=None if decision.pupil.protected else decision.pupil.school.urn,
                        invalid=withdrawn,
                        texts=texts_of(done),
                    )
                )
        if entries:
            log.append(entries)
    return number


def tell(decisions: Sequence[Decision], at: datetime) -> None:
    """Email the staff of each pupil's school that there is a choice to enter.

    Belongs to the transaction that records them. Not to whoever recorded it; names no pupil. Not to
    a pupil referral unit, which the authority is responsible for itself.
    """
    news = [
        decision for decision in decisions if decision.import_key is None and _statutory(decision)
    ]
    if not news:
        return
    # The school has heard of it about the record that is part of this one now.
    heard = MergedDecision.objects.filter(
        copy__in=news, original__pupil__school=F("copy__pupil__school")
    )
    entered = set(heard.values_list("copy", flat=True))
    news = [decision for decision in news if decision.pk not in entered]
    staff = _staff_of({decision.pupil.school_id for decision in news})
    letters = [
        _letter("school-told", f"{decision.pk}", user, decision.pupil.school, 1)
        for decision in news
        for user in staff.get(decision.pupil.school_id, ())
        if user.pk != decision.recorded_by_id
    ]
    write(letters, at=at)


def overdue_from(at: datetime) -> datetime:
    """Return the instant before which a choice must have been added to be overdue now."""
    on = day_of(at)
    begin = days_later(at, -terms.number("school_working_days") - 4)
    while working_days_later(day_of(begin), terms.number("school_working_days")) < on:
        begin = days_later(begin, 1)
    return begin


def shown_to(user: User, work: QuerySet[Decision]) -> QuerySet[Decision]:
    """Return the choices among a school's work that the user may see or count: an officer none about
    protected pupils, since who is on the list is at the school (P2)."""
    return work.exclude(pupil__protected=True) if user.sees_every_school else work


def waiting_by_school(officer: User, *, at: datetime) -> list[SchoolWaiting]:
    """Return the schools that have choices to enter which the officer may see, those with most overdue
    first; 4 queries."""
    return _waiting_by_school(shown_to(officer, work_of(School.objects.all(), at=at)), at)


def _waiting_by_school(work: QuerySet[Decision], at: datetime) -> list[SchoolWaiting]:
    before = overdue_from(at)
    decisions = work.order_by().values("pupil__school")
    counted = decisions.annotate(
        to_enter=Count("pk"), overdue=Count("pk", filter=Q(told_at__lt=before))
    )
    counts = {row["pupil__school"]: row for row in counted}
    staff = _staff_of(counts)
    entries = [
        SchoolWaiting(
            school=school,
            to_enter=counts[school.pk]["to_enter"],
            overdue=counts[school.pk]["overdue"],
            staff=len(staff.get(school.pk, ())),
        )
        for school in School.objects.filter(pk__in=list(counts))
    ]
    return sorted(entries, key=lambda entry: (-entry.overdue, -entry.to_enter, entry.school.name))


def overdue_schools(officer: User, *, at: datetime) -> QuerySet[School]:
    """Return the schools that have an overdue choice which the officer may see; 1 query."""
    work = shown_to(officer, work_of(School.objects.all(), at=at))
    late = work.filter(Q(told_at__lt=overdue_from(at)))
    return School.objects.filter(pk__in=late.order_by().values("pupil__school"))


def chase(*, at: datetime) -> int:
    """Remind the staff of overdue schools, once a week, also of choices about their protected pupils;
    return the number of new emails."""
    week = "{}-{}".format(*day_of(at).isocalendar())
    work = work_of(School.objects.all(), at=at)
    overdue = [entry for entry in _waiting_by_school(work, at) if entry.overdue]
    staff = _staff_of({entry.school.pk for entry in overdue})
    letters = [
        _letter("school-chased", week, user, entry.school, entry.overdue)
        for entry in overdue
        for user in staff.get(entry.school.pk, ())
    ]
    with transaction.atomic():
        return write(letters, at=at)


def _statutory(decision: Decision) -> bool:
    return decision.scheme is not None and decision.scheme.kind == Scheme.Kind.STATUTORY


def _staff_of(schools: Iterable[int]) -> dict[int, list[User]]:
    """Return the members of staff of each school who can sign in, none of a pupil referral unit;
    1 query."""
    places = SchoolStaff.objects.filter(
        school__in=list(schools), school__pupil_referral_unit=False, user__is_active=True
    )
    staff: dict[int, list[User]] = {}
    for place in places.select_related("user").order_by("pk"):
        staff.setdefault(place.school_id, []).append(place.user)
    return staff


def _letter(template: str, key: str, user: User, school: School, number: int) -> Letter:
    return Letter(
        key=f"{template}/{school.urn}/{key}/{user.reference}",
        to=user.email,
        template=f"consent/{template}",
        context={
            "school": school,
            "number": number,
            "link": address(reverse("staff-school-work")),
            **signature(),
            "days": terms.number("school_working_days"),
        },
    )
