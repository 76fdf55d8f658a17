"""A pupil's decisions under each scheme, their effects, and what applies now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from consent import rules
from consent.decisions.merged_histories import Origin, left_behind, origins, parts_of
from consent.identity_rules import standing_together
from consent.models import Decision, Pupil, Scheme
from consent.queries import decisions_by_pupil, scheme_facts, schemes
from consent.same_child_links import open_links
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.row_security import beyond_own_schools


@dataclass(frozen=True, slots=True)
class History:
    """One scheme: all decisions in the order received, each with its effect, and what applies.

    `deciding` are the decisions that make the pupil opted out or not; some may be about another
    record that may be of the same child as `pupil`. `left_behind` are decisions about records that
    were merged into the pupil's and were not carried over. `origins` says, by id, where a merge
    carried a decision over from.
    """

    scheme: Scheme
    facts: rules.Scheme
    opted_out: bool
    deciding: tuple[Decision, ...]
    decisions: tuple[tuple[Decision, rules.Effect], ...]
    pupil: Pupil
    # Of the records that may be of the same child, by id; the pupil's own too.
    schools: frozenset[int]
    left_behind: tuple[Decision, ...] = ()
    origins: Mapping[int, Origin] = field(default_factory=dict)

    @property
    def by_another(self) -> bool:
        """Return whether a decision about another record makes it so."""
        return any(decision.pupil_id != self.pupil.pk for decision in self.deciding)


@beyond_own_schools()
def histories(pupil: Pupil, *, at: datetime | rules.Seen) -> list[History]:
    """Return the pupil's history under every scheme, with decisions about records that are, or may
    be, of the same child (C6b); 5 queries a scheme and 3 more, and a few while such a question is
    open or where records were merged."""
    others = open_links().others(pupil.pk)
    linked = list(Pupil.objects.filter(pk__in=others).order_by("pk")) if others else []
    own = [_history(pupil, scheme, linked, at) for scheme in schemes()]
    behind = left_behind(parts_of([pupil, *linked]))
    came = origins([*behind, *(decision for history in own for decision, _ in history.decisions)])
    return [
        replace(
            history,
            left_behind=tuple(
                decision for decision in behind if decision.scheme_id == history.scheme.pk
            ),
            origins=came,
        )
        for history in own
    ]


def _history(
    pupil: Pupil, scheme: Scheme, linked: Sequence[Pupil], at: datetime | rules.Seen
) -> History:
    facts = scheme_facts(scheme)
    records = [pupil.pk, *(record.pk for record in linked)]
    about = decisions_by_pupil(scheme, records)
    own = about.pop(pupil.pk, [])
    others = [decision for decisions in about.values() for decision in decisions]
    standing = standing_together(facts, pupil.born, own, others, at)
    effects = rules.effects(facts, pupil.born, [*own, *others], at)
    if not set(standing.deciding) <= {
        e for e in [*own, *others] if effects[e.order] is rules.Effect.COUNTS
    }:
        # What was decided about this record holds against what may be another child's.
        effects |= rules.effects(facts, pupil.born, own, at)
    rows = _rows(records, scheme)
    ordered = sorted(rows.values(), key=lambda row: (row.received_at, row.pk))
    return History(
        scheme=scheme,
        facts=facts,
        opted_out=standing.opted_out,
        deciding=tuple(rows[decision.order] for decision in standing.deciding),
        decisions=tuple((row, effects[row.pk]) for row in ordered),
        pupil=pupil,
        schools=frozenset(record.school_id for record in (pupil, *linked)),
    )


def _rows(pupils: Sequence[int], scheme: Scheme) -> Mapping[int, Decision]:
    decisions = Decision.objects.filter(pupil__in=pupils, scheme=scheme)
    decisions = decisions.select_related(
        "recorded_by", "request", "invalidation__recorded_by", "pupil", "second_look", "meeting"
    ).prefetch_related("tellings")
    return {row.pk: row for row in decisions}


def log_look(pupil: Pupil, *, by: User, at: datetime) -> None:
    """Log that a member of staff looked at a pupil (L1, L6)."""
    with transaction.atomic():
        log.record("pupil-opened", at=at, by=by, person=str(pupil.reference))


def log_listed(pupils: list[Pupil], *, by: User, at: datetime) -> None:
    """Log which pupils a page listed to a member of staff (L1); nothing for none."""
    log_references([str(pupil.reference) for pupil in pupils], by=by, at=at)


def log_references(people: Sequence[str], *, by: User, at: datetime) -> None:
    """Log which pupils, by their random references, a page listed (L1); nothing for none."""
    if people:
        with transaction.atomic():
            log.record("pupils-listed", at=at, by=by, people=sorted(set(people)))
