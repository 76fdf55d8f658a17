"""What does not count yet under a scheme, by school: forms that wait, and opt-ins that wait (K2)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db.models import Q, QuerySet

from consent import rules
from consent.models import Decision, OptOutRequest, Pupil, Scheme, School, UnconfirmedOptOut
from consent.queries import decisions_by_pupil, schemes_by_recipient
from consent.rules import OPT_IN_DAYS, Choice, Effect, seen_now
from consent.same_child_links import open_links
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.days import days_later


class WaitsFor(Enum):
    """The next thing that must happen before a choice counts."""

    CONFIRMATION = "The person has not used the link in our email yet"
    PUPIL = "Not matched to a pupil yet"
    CHECKS = "Not verified yet: it must be checked, and everyone on record told"
    DAYS = "Verified: starts 7 days after we received it"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A choice that does not count yet, and since when it waits.

    An online form that waits for its pupil has a `reference`; an opt-in has its `pupil`. One that nobody
    has confirmed has neither: it is not known to be anybody's.
    """

    waits_for: WaitsFor
    choice: Choice
    since: datetime
    reference: str = ""
    pupil: Pupil | None = None


def waiting_under(
    scheme: Scheme, schools: Collection[School], school_of: Mapping[int, int], *, at: datetime
) -> dict[int, list[Waiting]]:
    """Return what waits under the scheme, oldest first, by the id of the school.

    An online form belongs to the school in whose queue it is; those of the council's own queue, where one
    goes that fits a protected pupil (P4), are no school's. An opt-in belongs to the school of its pupil,
    by `school_of`. 3 queries, and a few more while an opt-in waits.
    """
    rows: dict[int, list[Waiting]] = defaultdict(list)
    for school, row in (
        *_unconfirmed(scheme, schools, at),
        *_unmatched(scheme, schools),
        *_opt_ins(scheme, school_of, at),
    ):
        rows[school].append(row)
    for own in rows.values():
        own.sort(key=lambda row: row.since)
    return rows


def _unconfirmed(
    scheme: Scheme, schools: Collection[School], at: datetime
) -> Iterator[tuple[int, Waiting]]:
    forms = UnconfirmedOptOut.objects.filter(scheme=scheme, school__in=schools, expires_at__gt=at)
    for school, choice, since in forms.order_by("pk").values_list(
        "school", "choice", "received_at"
    ):
        assert school is not None  # it is one of these schools
        yield school, Waiting(WaitsFor.CONFIRMATION, Choice(choice), since)


def _unmatched(scheme: Scheme, schools: Collection[School]) -> Iterator[tuple[int, Waiting]]:
    own = [school.pk for school in schools]
    forms: QuerySet[OptOutRequest] = OptOutRequest.objects.to_match().filter(
        Q(scheme=scheme, school_now__in=own)
    )
    for form in forms.order_by("pk"):
        row = Waiting(WaitsFor.PUPIL, Choice(form.choice), form.received_at, form.reference)
        yield annotated(form, "school_now", int), row


def _opt_ins(
    scheme: Scheme, school_of: Mapping[int, int], at: datetime
) -> Iterator[tuple[int, Waiting]]:
    seen = seen_now(at)
    too_new = Q(received_at__gt=days_later(seen.opt_ins_until, -OPT_IN_DAYS))
    unverified = Q(verification=None, import_key=None)
    opt_ins = Decision.objects.filter(
        too_new | unverified, scheme=scheme, choice=Choice.OPT_IN.value, invalidation=None
    ).select_related("pupil")
    may_wait = [decision for decision in opt_ins if decision.pupil_id in school_of]
    if not may_wait:
        return
    facts = schemes_by_recipient()[scheme.recipient_id]
    links = open_links()
    records = links.with_others(decision.pupil_id for decision in may_wait)
    about = decisions_by_pupil(scheme, list(records))
    for decision in may_wait:
        pupil = decision.pupil
        together = [row for pk in links.with_others([pupil.pk]) for row in about.get(pk, [])]
        effect = rules.effects(facts, pupil.born, together, seen)[decision.pk]
        if effect in (Effect.WAITS, Effect.UNVERIFIED):
            waits_for = WaitsFor.DAYS if effect is Effect.WAITS else WaitsFor.CHECKS
            since = decision.received_at
            row = Waiting(waits_for, Choice(decision.choice), since, pupil=pupil)
            yield school_of[pupil.pk], row
