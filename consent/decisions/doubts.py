"""Doubts about what staff are about to record: it may be recorded already, or there is nothing to
opt back in to. Staff are asked, and may record it anyway."""

from dataclasses import dataclass, replace
from datetime import datetime

from consent import rules
from consent.decisions.objecting import objections_about, state_of
from consent.models import Decision
from consent.queries import decisions_about, scheme_facts
from consent.same_child_links import open_links
from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.names import person_key


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt to ask staff about: `sentence` says why, `key` identifies this doubt alone, so that a
    tick for one is not taken for another; `repeats` says that the same may be recorded already."""

    key: str
    sentence: str
    repeats: bool


def about(decision: Decision, *, at: datetime) -> Doubt | None:
    """Return the doubt about a decision that is not recorded yet, if there is one; at most 5
    queries."""
    if decision.scheme is None:
        known = _objection(decision, at)
        return _same(decision, known) if known else None
    rows = {
        each.pk: each
        for each in Decision.objects.filter(
            pupil=decision.pupil, scheme=decision.scheme
        ).select_related("recorded_by")
    }
    others = [
        replace(each, person=person_key(rows[each.order].person_name))
        for each in decisions_about(decision.scheme, decision.pupil)
        if each.order in rows
    ]
    new = rules.Decision(
        choice=rules.Choice(decision.choice),
        by=rules.DecidedBy(decision.by),
        person=person_key(decision.person_name),
        received=decision.received_at,
        order=0,
    )
    facts = scheme_facts(decision.scheme)
    found = rules.doubt(facts, decision.pupil.born, new, others, rules.seen_now(at))
    if found is None:
        return None
    why, known_as = found
    if known_as is not None:
        return _same(decision, rows[known_as.order])
    if open_links().others(decision.pupil_id):
        return None  # the opt-out may be about the child's other record (C6b)
    name = f"{decision.pupil.forename} {decision.pupil.surname}"
    return Doubt(
        f"{why}/{decision.pupil.reference}/{decision.scheme.code}",
        f"{name} is not opted out, so there is nothing to opt back in to.",
        repeats=False,
    )


def _objection(decision: Decision, at: datetime) -> Decision | None:
    """Return the latest objection of the same person to the same sharing that counts."""
    for known in objections_about(decision.pupil).reverse():
        same = (known.recipient, known.purpose, known.by) == (
            decision.recipient, decision.purpose, decision.by,
        )  # fmt: skip
        named = person_key(known.person_name) == person_key(decision.person_name)
        if same and (named or known.by == rules.DecidedBy.PUPIL) and state_of(known, at=at).counts:
            return known
    return None


def _same(decision: Decision, known: Decision) -> Doubt:
    what = {
        rules.Choice.OPT_OUT: "opted out",
        rules.Choice.OPT_IN: "opted back in",
        rules.Choice.OBJECTION: "objected",
    }[rules.Choice(decision.choice)]
    name = f"{decision.pupil.forename} {decision.pupil.surname}"
    by = f" by {known.recorded_by.name}" if known.recorded_by else ""
    own = known.by == rules.DecidedBy.PUPIL
    sentence = (
        f"{name if own else known.person_name} has already {what}{'' if own else f' for {name}'}: received on {in_words(day_of(known.received_at))}, "
        f"recorded on {in_words(day_of(known.recorded_at))}{by}."
    )
    if decision.received_at < known.received_at and decision.choice != rules.Choice.OPT_IN:
        day = in_words(day_of(decision.received_at))
        sentence += f" This one was received earlier: recorded, it applies from {day}."
    return Doubt(f"{rules.Doubt.SAME}/{known.pk}", sentence, repeats=True)
