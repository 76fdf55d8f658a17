"""Opt-outs and opt-ins by the day on which they were received: counted, and the list behind each number
(K1)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, TruncMonth

from consent.models import Decision, Pupil, PupilMove, Scheme, School
from consent.models.people import may_be_written_to
from consent.rules import Choice
from privacy_portal.ground.days import LONDON, end_of, start_of

CHOICES = (Choice.OPT_OUT.value, Choice.OPT_IN.value)


@dataclass(frozen=True, slots=True)
class Received:
    """What was received under a scheme in a month about pupils of a school, by its id; None: pupils of
    whom no school is known."""

    month: date
    school: int | None
    opt_outs: int
    opt_ins: int


def decisions_received(
    scheme: Scheme, first: date, last: date, *, school: School | None = None, choice: str = ""
) -> QuerySet[Decision]:
    """Return the opt-outs and opt-ins under a scheme that were received from the first day to the last,
    newest first: all, or those about pupils of a school and those of one choice; 1 query.

    The school is where the pupil was when the decision was received. As in every number of schools (K2),
    nothing is said of pupils who are protected or have died, and invalid decisions never were any (C4).
    """
    left_since = PupilMove.objects.filter(pupil=OuterRef("pupil"), at__gt=OuterRef("received_at"))
    before = left_since.order_by("at", "pk").values("from_school")[:1]
    decisions = Decision.objects.filter(
        scheme=scheme,
        choice__in=[choice] if choice else CHOICES,
        invalidation=None,
        received_at__gte=start_of(first),
        received_at__lte=end_of(last),
        pupil__in=Pupil.objects.standing().filter(may_be_written_to()),
    ).annotate(
        school_then=Coalesce(
            Subquery(before), F("pupil__school_id"), output_field=BigIntegerField()
        )
    )
    if school is not None:
        decisions = decisions.filter(school_then=school.pk)
    return decisions.order_by("-received_at", "-pk")


def received_by_month(scheme: Scheme, first: date, last: date) -> list[Received]:
    """Return how many decisions under a scheme were received, by month and school; 1 query."""
    counts = (
        decisions_received(scheme, first, last)
        .annotate(month=TruncMonth("received_at", tzinfo=LONDON))
        .order_by()
        .values_list("month", "school_then", "choice")
        .annotate(number=Count("pk"))
    )
    numbers: dict[tuple[date, int | None], dict[str, int]] = {}
    for month, school, choice, number in counts:
        numbers.setdefault((month.date(), school), {})[choice] = number
    return [
        Received(month, school, own.get(Choice.OPT_OUT, 0), own.get(Choice.OPT_IN, 0))
        for (month, school), own in numbers.items()
    ]
