"""A school's own pupils and their current choices, as a CSV for the school's own system (C9)."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from consent.age_rules import school_year
from consent.models import Decision, Pupil, PupilMove, Scheme, School
from consent.queries import present_upns, scheme_facts, schemes, standings_among
from consent.rules import OPT_IN_DAYS, Choice, Default, Standing, seen_now
from consent.same_child_links import open_links
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, days_later, start_of
from privacy_portal.ground.files.formulas import neutralised
from privacy_portal.ground.log import appending as log

HEADINGS = (
    "UPN", "Surname", "Forename", "Date of birth", "Year group", "Scheme", "Opted out", "Since",
    "Decided by",
)  # fmt: skip


def as_csv(
    school: School, *, at: datetime, since: date | None = None, protected: bool = True
) -> Iterator[str]:
    """Yield the lines of the file: each pupil about whom anyone decided, under each scheme.

    Under a scheme that withholds by default, every pupil. With `since` only those for whom
    something was decided, marked as invalid, began to count or ended on that day or later, or who joined
    the school then: what was entered before need not be entered again. Without `protected`, no
    pupil whose school may not be known (P2).
    """
    yield _line(HEADINGS)
    for scheme in schemes():
        yield from _lines(school, scheme, at, since, protected=protected)


def log_download(school: School, since: date | None, *, by: User, at: datetime) -> None:
    """Log that a member of staff downloaded the file (L1)."""
    first = since.isoformat() if since else None
    with transaction.atomic():
        log.record("school-file", at=at, by=by, school=school.urn, since=first)


def _lines(
    school: School, scheme: Scheme, at: datetime, since: date | None, *, protected: bool
) -> Iterator[str]:
    facts = scheme_facts(scheme)
    everyone = facts.default is Default.WITHHOLD
    pupils = Pupil.objects.standing().filter(school=school)
    if not protected:
        pupils = pupils.filter(protected=False)
    decided = Decision.objects.filter(scheme=scheme, pupil__school=school)
    linked = Q(pk__in=_linked(scheme))
    if not everyone:
        pupils = pupils.filter(Q(pk__in=decided.values("pupil")) | linked)
    if since is not None:
        pupils = pupils.filter(
            Q(pk__in=_touched(decided, since, day_of(at)).values("pupil"))
            | Q(pk__in=_joined(school, since).values("pupil"))
            | linked
        )
    ordered = list(pupils.order_by("surname_folded", "forename_folded", "pk"))
    standings = standings_among(scheme, facts, [pupil.pk for pupil in ordered], seen_now(at))
    upns = present_upns(ordered)
    nobody = Standing(everyone, ())
    for pupil in ordered:
        standing = standings.get(pupil.pk, nobody)
        latest = max((decision.received for decision in standing.deciding), default=None)
        by = sorted({decision.by.value for decision in standing.deciding})
        yield _line(
            (
                upns.get(pupil.pk, ""),
                pupil.surname,
                pupil.forename,
                pupil.born.isoformat(),
                pupil.year_group,
                scheme.title,
                "yes" if standing.opted_out else "no",
                day_of(latest).isoformat() if latest else "",
                " and ".join(by),
            )
        )


def _linked(scheme: Scheme) -> set[int]:
    """Return records to which decisions about another may apply: both may be of one child (C6b)."""
    links = open_links()
    decided = Decision.objects.filter(scheme=scheme, pupil__in=list(links.groups))
    return links.with_others(decided.values_list("pupil", flat=True)) if links.groups else set()


def _touched(decided: QuerySet[Decision], since: date, today: date) -> QuerySet[Decision]:
    begin = start_of(since)
    # Of the years before the school year of `since`, what ended then was known.
    ended = Q(
        choice=Choice.UNWILLING.value,
        received_at__gte=start_of(school_year(since)[0]),
        received_at__lt=start_of(school_year(today)[0]),
    )
    matured = Q(choice=Choice.OPT_IN.value, received_at__gte=days_later(begin, -OPT_IN_DAYS))
    return decided.filter(
        Q(recorded_at__gte=begin)
        | Q(invalidation__recorded_at__gte=begin)
        | Q(verification__at__gte=begin)
        | matured
        | ended
    )


def _joined(school: School, since: date) -> QuerySet[PupilMove]:
    return PupilMove.objects.filter(to_school=school, at__gte=start_of(since))


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(neutralised, cells))
    return out.getvalue()
