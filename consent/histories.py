"""What was decided about one pupil under each scheme, and what counts now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from consent import rules
from consent.models import Decision, Pupil, Scheme
from consent.queries import decisions_about, scheme_facts, schemes
from privacy_portal.accounts.models import User
from privacy_portal.log.appending import append, body


@dataclass(frozen=True, slots=True)
class History:
    """One scheme: all decisions in the order received, each with its effect, and what counts.

    `deciding` are those of them that make it so. `by_default` is how it is when nobody decided.
    """

    scheme: Scheme
    facts: rules.Scheme
    opted_out: bool
    deciding: tuple[Decision, ...]
    decisions: tuple[tuple[Decision, rules.Effect], ...]


def histories(pupil: Pupil, *, at: datetime | rules.Seen) -> list[History]:
    """The pupil's history under every scheme; 5 queries a scheme and one more."""
    return [_history(pupil, scheme, at) for scheme in schemes()]


def _history(pupil: Pupil, scheme: Scheme, at: datetime | rules.Seen) -> History:
    facts = scheme_facts(scheme)
    given = decisions_about(scheme, pupil)
    standing = rules.standing(facts, pupil.born, given, at)
    effects = rules.effects(facts, pupil.born, given, at)
    rows = _rows(pupil, scheme)
    ordered = sorted(rows.values(), key=lambda each: (each.received_at, each.pk))
    return History(
        scheme=scheme,
        facts=facts,
        opted_out=standing.opted_out,
        deciding=tuple(rows[each.order] for each in standing.deciding),
        decisions=tuple((each, effects[each.pk]) for each in ordered),
    )


def _rows(pupil: Pupil, scheme: Scheme) -> Mapping[int, Decision]:
    found = Decision.objects.filter(pupil=pupil, scheme=scheme)
    found = found.select_related("recorded_by", "request", "invalidation__recorded_by")
    return {each.pk: each for each in found}


def looked_at(pupil: Pupil, *, by: User, at: datetime) -> None:
    """Logs that a member of staff looked at a pupil (L1)."""
    with transaction.atomic():
        append([body("pupil-opened", at=at, by=by, person=str(pupil.reference))])


def listed(pupils: list[Pupil], *, by: User, at: datetime) -> None:
    """Logs which pupils a search showed to a member of staff (L1); nothing for none."""
    listed_people([str(each.reference) for each in pupils], by=by, at=at)


def listed_people(people: Sequence[str], *, by: User, at: datetime) -> None:
    """The same for pupils known by their random references."""
    if people:
        with transaction.atomic():
            append([body("pupils-listed", at=at, by=by, people=sorted(set(people)))])
