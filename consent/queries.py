"""Reads of schools, pupils and decisions; each says how many queries it takes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from consent import rules
from consent.identity_rules import standing_together
from consent.models import (
    ABOUT,
    BasicItem,
    Decision,
    Invalidation,
    OptOutRequest,
    Pupil,
    PupilMerge,
    PupilUpn,
    Scan,
    Scheme,
    SchemePurpose,
    School,
)
from consent.pupil_matches import confirmed_matches
from consent.same_child_links import open_links
from notices.models import Audience, Notice, NoticeVersion
from notices.queries import version_in_force
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.annotations import annotated
from privacy_portal.ground.names import person_key
from privacy_portal.ground.row_security import beyond_own_schools

# An imported decision counts as verified (C3). An opt-out needs no verification.
# The date of birth is looked up one by one: a join would read all pupils.
_DECISIONS = """
SELECT decision.pupil_id,
    (SELECT born FROM consent_pupil WHERE id = decision.pupil_id),
    decision.choice, decision.by, decision.person_key, decision.received_at::text, decision.id,
    decision.import_key IS NOT NULL OR verification.id IS NOT NULL, invalidation.id IS NOT NULL
FROM consent_decision decision
LEFT JOIN consent_invalidation invalidation ON invalidation.decision_id = decision.id
LEFT JOIN consent_verification verification ON verification.decision_id = decision.id
WHERE decision.scheme_id = %s
"""
_OF_PUPILS = "AND decision.pupil_id = ANY(%s)"


def scheme_facts(scheme: Scheme) -> rules.Scheme:
    """Return a scheme as rules need it; 2 queries."""
    purposes = [row.purpose.code for row in scheme.purposes.select_related("purpose")]
    basic = [row.item.code for row in scheme.basic_items.select_related("item")]
    return _facts(scheme, purposes, basic)


def _facts(scheme: Scheme, purposes: Iterable[str], basic: Iterable[str]) -> rules.Scheme:
    return rules.Scheme(
        code=scheme.code,
        purposes=frozenset(purposes),
        default=rules.Default(scheme.default),
        min_age=scheme.min_age,
        below_age=scheme.below_age,
        self_age=scheme.self_age,
        basic_items=frozenset(basic),
        child_may_refuse=scheme.child_may_refuse,
    )


def schemes_by_recipient() -> dict[int, rules.Scheme]:
    """Load every scheme as rules need it, by the id of its recipient; 1 query."""
    purposes = SchemePurpose.objects.filter(scheme=OuterRef("pk"))
    basic = BasicItem.objects.filter(scheme=OuterRef("pk"))
    rows = Scheme.objects.annotate(
        purpose_codes=ArraySubquery(purposes.values("purpose__code")),
        basic_codes=ArraySubquery(basic.values("item__code")),
    )
    return {
        row.recipient_id: _facts(
            row, annotated(row, "purpose_codes", list), annotated(row, "basic_codes", list)
        )
        for row in rows
    }


def schemes() -> QuerySet[Scheme]:
    """Return every scheme with its recipient; 1 query."""
    return Scheme.objects.select_related("recipient")


def scheme_choices() -> list[tuple[str, str]]:
    """List the code and title of every scheme; 1 query."""
    return [(scheme.code, scheme.title) for scheme in schemes()]


def scheme_of(recipient_id: int) -> Scheme | None:
    """Return the recipient's scheme, if it has one; 1 query."""
    return Scheme.objects.filter(recipient_id=recipient_id).first()


def schools() -> QuerySet[School]:
    """Return every school, by name; 1 query."""
    return School.objects.all()


def year_groups() -> list[str]:
    """Return every year group of pupils, numbers first; 1 query."""
    pupils = Pupil.objects.on_roll().exclude(year_group="")
    names = pupils.order_by("year_group").values_list("year_group", flat=True).distinct()
    return sorted(
        names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0)
    )


def open_schools(on: date) -> QuerySet[School]:
    """Return every school that is open on the day, by name; 1 query."""
    return School.objects.filter(
        Q(closed_on=None) | Q(closed_on__gt=on), Q(opened_on=None) | Q(opened_on__lte=on)
    )


def schools_of(user: User) -> QuerySet[School]:
    """Return the schools whose pupils a member of staff may see: an officer all, others their own."""
    every = School.objects.all()
    return every if user.sees_every_school else every.filter(staff__user=user)


def requests_for(user: User) -> QuerySet[OptOutRequest]:
    """Return the online opt-outs that a member of staff may see, with their state; 1 query.

    One that was matched belongs to the pupil's school now, whatever school it named.
    """
    requests: QuerySet[OptOutRequest] = OptOutRequest.objects.with_state().select_related(
        *ABOUT, "school"
    )
    if user.sees_every_school:
        return requests
    own = list(schools_of(user).values_list("pk", flat=True))
    live = Decision.objects.filter(request=OuterRef("pk"), pupil__school__in=own).exclude(
        invalidation__kind=Invalidation.Kind.WRONG_PUPIL
    )
    return requests.filter(Q(Exists(live)) | Q(decision_made=False, school_now__in=own))


def requests_to_match(user: User) -> QuerySet[OptOutRequest]:
    """Return the online opt-outs that this member of staff should match, oldest first."""
    requests = OptOutRequest.objects.to_match().select_related(*ABOUT, "school")
    if not user.sees_every_school:
        requests = requests.filter(Q(school_now__in=schools_of(user).values("pk")))
    return requests.order_by("received_at", "pk")


def pupil_decisions_of(request: OptOutRequest) -> list[Decision]:
    """Return the decisions that came of an online opt-out, with their pupils; 1 query."""
    decisions = request.decisions.select_related("pupil__school", "recorded_by", "invalidation")
    return list(decisions.order_by("pk"))


def matched_to_protected(requests: Iterable[OptOutRequest]) -> frozenset[int]:
    """Return the ids of those online opt-outs that are matched to a protected pupil; 1 query."""
    decisions = Decision.objects.filter(request__in=list(requests), pupil__protected=True)
    return frozenset(
        number for number in decisions.values_list("request", flat=True) if number is not None
    )


def own_pupils(user: User) -> QuerySet[Pupil]:
    """Return the pupils that a member of staff may see: an officer all, others their schools' own.

    Leaves out merged records: the record that was kept stands for both.
    """
    pupils: QuerySet[Pupil] = Pupil.objects.standing()
    if user.sees_every_school:
        return pupils
    return pupils.filter(school__in=list(schools_of(user).values_list("pk", flat=True)))


def own_pupil(user: User, reference: str) -> Pupil | None:
    """Return the pupil with this random reference, if the member of staff may see them; at most 2
    queries.

    The reference of a merged record means the one that was kept; 2 more.
    """
    try:
        number = UUID(reference)
    except ValueError:
        return None
    pupil = own_pupils(user).select_related("school").filter(reference=number).first()
    if pupil is None:
        merges = PupilMerge.objects.in_force().select_related("kept")
        with beyond_own_schools():  # the record it is part of may be at another school
            merge = merges.filter(gone__reference=number).first()
        return own_pupil(user, str(merge.kept.reference)) if merge else None
    return pupil


def pupils_by_upn(numbers: Iterable[str]) -> dict[str, Pupil]:
    """Return the pupils whose present or former UPNs these are, with their schools; 1 query."""
    rows = PupilUpn.objects.filter(upn__in=list(numbers)).select_related("pupil__school")
    return {number.upn: number.pupil for number in rows}


def pupil_of_present_upn(number: str) -> Pupil | None:
    """Return the pupil who has this normal UPN now; 1 query."""
    numbers = PupilUpn.objects.filter(upn=number, present=True)
    row = numbers.select_related("pupil__school").first()
    return row.pupil if row else None


def decisions_of(pupil: Pupil) -> list[Decision]:
    """Return every decision about a pupil, in the order received; 1 query."""
    decisions = pupil.decisions.select_related(*ABOUT, "invalidation", "verification")
    return list(decisions.order_by("received_at", "pk"))


def numbers_of_decisions(pupils: Sequence[Pupil]) -> dict[int, int]:
    """Return the number of decisions about each pupil (by id) who has any; 1 query."""
    counted = Decision.objects.filter(pupil__in=list(pupils)).values("pupil")
    return dict(counted.annotate(number=Count("pk")).values_list("pupil", "number"))


@beyond_own_schools()
def standing_for(pupil: Pupil) -> Pupil:
    """Return the record that a pupil's was merged into, or the pupil; 1 query, and 1 for each step."""
    merges = PupilMerge.objects.in_force().select_related("kept__school")
    merge = merges.filter(gone=pupil).first()
    return standing_for(merge.kept) if merge else pupil


@beyond_own_schools()
def references_of(pupils: Iterable[Pupil]) -> dict[UUID, int]:
    """Return the pupil, by id, of each random reference that stands for them: their own, and those
    of merged records of the same child; 1 query, and 1 for each step of such records."""
    pupil_of = {pupil.reference: pupil.pk for pupil in pupils}
    seen = set(pupil_of.values())
    standing = {pupil: pupil for pupil in seen}
    while seen:
        merges = PupilMerge.objects.in_force().filter(kept__in=seen).select_related("gone")
        seen = set()
        for merge in merges:
            pupil_of[merge.gone.reference] = standing[merge.gone_id] = standing[merge.kept_id]
            seen.add(merge.gone_id)
    return pupil_of


def present_upns(pupils: Iterable[Pupil]) -> dict[int, str]:
    """Return the present UPN of each pupil who has one, by the pupil's id; 1 query."""
    numbers = PupilUpn.objects.filter(present=True, pupil__in=pupils)
    return dict(numbers.values_list("pupil_id", "upn"))


def present_upn(pupil: Pupil) -> str:
    """Return the pupil's present UPN; a former one is never shown (C11); 1 query."""
    return pupil.upns.filter(present=True).values_list("upn", flat=True).first() or ""


def decision_of(pupil: Pupil, number: int) -> Decision | None:
    """Return a decision about the pupil by its id; 1 query."""
    return pupil.decisions.select_related(*ABOUT, "pupil").filter(pk=number).first()


def decisions_by_id(decisions: Sequence[int]) -> list[Decision]:
    """Return decisions by their ids, in the order recorded; 1 query."""
    rows = Decision.objects.filter(pk__in=decisions).order_by("pk")
    return list(rows.select_related("pupil", *ABOUT))


def scan_for(user: User, decision: int) -> Scan | None:
    """Return the scan of a decision that this member of staff may see; at most 2 queries."""
    scans = Scan.objects.select_related("decision__pupil")
    return scans.filter(decision=decision, decision__pupil__in=own_pupils(user)).first()


def decisions_about(scheme: Scheme, pupil: Pupil) -> list[rules.Decision]:
    """Return every decision about a pupil under a scheme, as rules need them; 1 query."""
    return decisions_by_pupil(scheme, [pupil.pk]).get(pupil.pk, [])


@beyond_own_schools()
def decisions_by_pupil(scheme: Scheme, pupils: Sequence[int]) -> dict[int, list[rules.Decision]]:
    """Return every decision about each of these records (by id) under a scheme; 1 query."""
    return _decisions(scheme, pupils)[1]


def opted_out_among(
    scheme: Scheme, facts: rules.Scheme, pupils: Sequence[int] | None, at: datetime | rules.Seen
) -> dict[int, bool]:
    """Return whether each of these pupils (by id), or of all, is opted out under the scheme at the
    instant (C2, C6b); as many queries as `standings_among`.

    Pupils without a decision are left out of the answer: `opted_out_by_default` is theirs.
    """
    standings = standings_among(scheme, facts, pupils, at)
    return {pupil: standing.opted_out for pupil, standing in standings.items()}


@beyond_own_schools()
def standings_among(
    scheme: Scheme, facts: rules.Scheme, pupils: Sequence[int] | None, at: datetime | rules.Seen
) -> dict[int, rules.Standing]:
    """Return what counts at the instant for each pupil (by id), or for all, about whom or about a
    record that may be of the same child anyone decided (C2, C6b); 3 queries, a few while such a
    question is open, and 2 more for confirmed opt-outs that a job is about to match.

    What was just confirmed counts for the pupil whom it matches, also one not asked for. It is read
    first: what a job records meanwhile is seen twice, not never.
    """
    coming = confirmed_matches(scheme=scheme)
    links = open_links()
    asked_for = pupils if pupils is None or not links.groups else list(links.with_others(pupils))
    if asked_for is not None:
        asked_for = [*asked_for, *(match.pupil for match in coming)]
    born, decisions = _decisions(scheme, asked_for)
    for match in coming:
        born[match.pupil] = match.born
        decisions[match.pupil].append(match.decision)
    standings = {
        pupil: rules.standing(facts, born[pupil], about, at)
        for pupil, about in decisions.items()
        if pupil not in links.groups
    }
    for pupil in links.groups if pupils is None else links.groups.keys() & set(pupils):
        own = decisions.get(pupil, [])
        linked = [decisions.get(other, []) for other in links.others(pupil)]
        others = [decision for about in linked for decision in about]
        if own or others:
            birth = links.born[pupil]
            standings[pupil] = standing_together(facts, birth, own, others, at)
    return standings


def _decisions(
    scheme: Scheme, pupils: Sequence[int] | None
) -> tuple[dict[int, date], dict[int, list[rules.Decision]]]:
    """Return dates of birth and decisions under the scheme, by the id of those of these pupils, or
    of all, who have any; 1 query."""
    born = {}
    decisions: dict[int, list[rules.Decision]] = defaultdict(list)
    with connection.cursor() as cursor:
        if pupils is None:
            cursor.execute(_DECISIONS, [scheme.pk])
        else:
            cursor.execute(_DECISIONS + _OF_PUPILS, [scheme.pk, list(pupils)])
        rows = cursor.fetchall()
    for pupil, birth, choice, by, person, received, order, verified, invalid in rows:
        born[pupil] = birth
        decisions[pupil].append(
            rules.Decision(
                choice=rules.Choice(choice),
                by=rules.DecidedBy(by),
                # Rows that were added before spelling was left out keep the key they have.
                person=person_key(person),
                received=datetime.fromisoformat(received),
                order=order,
                verified=verified,
                invalid=invalid,
            )
        )
    return born, decisions


def opted_out_by_default(facts: rules.Scheme) -> bool:
    """Return whether a pupil for whom nobody decided is opted out."""
    return facts.default is rules.Default.WITHHOLD


def pupil_ids_by_upn(upns: Iterable[str]) -> dict[str, int]:
    """Return the pupil of each UPN, present or former, that is in pupil records; 1 query."""
    return dict(PupilUpn.objects.filter(upn__in=list(upns)).values_list("upn", "pupil_id"))


@beyond_own_schools()
def lock_pupils(pupils: Iterable[int]) -> None:
    """Lock pupils by id, in the order of their ids, until the transaction ends; 2 queries.

    A hand-over that names any of them waits for this transaction, and the other way round (H2): a
    large one for all who share DECISIONS. Plain FOR UPDATE: with less an opt-out slips past.
    """
    locks.share(locks.Area.DECISIONS)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT id FROM consent_pupil WHERE id = ANY(%s) ORDER BY id FOR UPDATE
            ) locked
            """,
            [list(pupils)],
        )


def lock_everybody() -> None:
    """Wait for all who `lock_pupils`, then keep others from it until the transaction ends; 1 query."""
    locks.take(locks.Area.DECISIONS)


def lock_with_others(pupils: Iterable[int]) -> None:
    """Lock pupils as `lock_pupils` does, and with each the records that may be of the same child: a
    decision about either counts for both (C6b). The roll must be held still. 3 queries, and a few
    while such a question is open."""
    lock_pupils(open_links().with_others(pupils))


def notice_to_read(on: date) -> NoticeVersion | None:
    """Return the version of the notice about pupils that is in force on the day; 2 queries."""
    notice = Notice.objects.prefetch_related("versions").filter(audience=Audience.PUPIL).first()
    return version_in_force(notice, on) if notice else None
