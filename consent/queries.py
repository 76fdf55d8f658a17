"""Reads of schools, pupils and decisions; each says how many queries it takes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from consent import rules
from consent.models import OptOutRequest, Pupil, PupilUpn, Scheme, School
from privacy_portal.accounts.models import User
from privacy_portal.names import folded_name

# An imported decision counts as verified (C3).
_DECISIONS = """
SELECT decision.pupil_id, pupil.born, decision.choice, decision.by, decision.person_key,
    decision.received_at, decision.id, decision.import_key IS NOT NULL, invalidation.id IS NOT NULL
FROM consent_decision decision
JOIN consent_pupil pupil ON pupil.id = decision.pupil_id
LEFT JOIN consent_invalidation invalidation ON invalidation.decision_id = decision.id
WHERE decision.scheme_id = %s AND decision.pupil_id = ANY(%s)
"""


def scheme_facts(scheme: Scheme) -> rules.Scheme:
    """A scheme as rules need it; 2 queries."""
    return rules.Scheme(
        code=scheme.code,
        purposes=frozenset(each.purpose.code for each in scheme.purposes.select_related("purpose")),
        default=rules.Default(scheme.default),
        min_age=scheme.min_age,
        below_age=scheme.below_age,
        self_age=scheme.self_age,
        basic_items=frozenset(each.item.code for each in scheme.basic_items.select_related("item")),
    )


def schemes() -> list[Scheme]:
    """Every scheme with its recipient; 1 query."""
    return list(Scheme.objects.select_related("recipient"))


def scheme_with_basics(code: str) -> Scheme | None:
    """A scheme with recipient and basic items prefetched; 2 queries."""
    return (
        Scheme.objects.select_related("recipient")
        .prefetch_related("basic_items__item")
        .filter(code=code)
        .first()
    )


def scheme_of(recipient_id: int) -> Scheme | None:
    """The recipient's scheme, if it has one; 1 query."""
    return Scheme.objects.filter(recipient_id=recipient_id).first()


def schools() -> QuerySet[School]:
    """Every school, by name; 1 query."""
    return School.objects.all()


def schools_of(user: User) -> QuerySet[School]:
    """The schools whose pupils a member of staff may see: an officer all, others their own."""
    if user.is_officer:
        return School.objects.all()
    return School.objects.filter(staff__user=user)


def requests_for(user: User) -> QuerySet[OptOutRequest]:
    """Opt-outs sent online that a member of staff may see, newest first; 1 query.

    One that was matched belongs to the pupil's school now, whatever school it named.
    """
    requests = OptOutRequest.objects.select_related(
        "scheme", "school", "decision__pupil__school"
    ).order_by("-received_at", "-id")
    if user.is_officer:
        return requests
    own = School.objects.filter(staff__user=user)
    return requests.filter(
        Q(decision__pupil__school__in=own) | Q(decision__isnull=True, school__in=own)
    )


def waiting_requests() -> QuerySet[OptOutRequest]:
    """Opt-outs sent online that no pupil has been found for, oldest first; 1 query."""
    return OptOutRequest.objects.filter(decision__isnull=True).order_by("received_at", "id")


def pupils_who_fit(request: OptOutRequest) -> QuerySet[Pupil]:
    """The pupils with the request's name, date of birth and school; 1 query."""
    return Pupil.objects.filter(
        born=request.born,
        school=request.school,
        surname_folded=folded_name(request.surname),
        forename_folded=folded_name(request.forename),
    )


def opted_out_among(
    scheme: Scheme, facts: rules.Scheme, pupils: Sequence[int], at: datetime
) -> dict[int, bool]:
    """Whether each pupil (by id) is opted out under the scheme at the instant (C2); 1 query.

    Pupils without a decision are left out of the answer: `opted_out_by_default` is theirs.
    """
    decisions: dict[int, list[rules.Decision]] = defaultdict(list)
    born = {}
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, [scheme.pk, list(pupils)])
        found = cursor.fetchall()
    for pupil, birth, choice, by, person, received, order, verified, invalid in found:
        born[pupil] = birth
        decisions[pupil].append(
            rules.Decision(
                choice=rules.Choice(choice),
                by=rules.DecidedBy(by),
                person=person,
                received=received,
                order=order,
                verified=verified,
                invalid=invalid,
            )
        )
    return {
        pupil: rules.opted_out(facts, born[pupil], given, at) for pupil, given in decisions.items()
    }


def opted_out_by_default(facts: rules.Scheme) -> bool:
    """Whether a pupil for whom nobody decided is opted out."""
    return facts.default is rules.Default.WITHHOLD


def pupil_ids_by_upn(upns: Iterable[str]) -> dict[str, int]:
    """The pupil of each UPN, present or former, that is on the roll; 1 query."""
    return dict(PupilUpn.objects.filter(upn__in=list(upns)).values_list("upn", "pupil_id"))


def lock_pupils(pupils: Iterable[int]) -> None:
    """Locks pupils by id, in the order of their ids, until the transaction ends; 1 query.

    A hand-over that names any of them waits for this transaction, and the other way round
    (H2). Plain FOR UPDATE: a weaker lock lets an opt-out slip past.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM (
                SELECT id FROM consent_pupil WHERE id = ANY(%s) ORDER BY id FOR UPDATE
            ) locked
            """,
            [list(pupils)],
        )
