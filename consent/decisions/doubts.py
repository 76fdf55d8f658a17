"""Doubts about what staff are about to record: it may be recorded already, or there is nothing to
opt back in to. Staff are asked, and may record it anyway."""

from dataclasses import replace
from datetime import datetime

from consent import rules
from consent.decisions.objecting import objections_about, state_of
from consent.errors import DoubtfulError
from consent.models import Decision
from consent.queries import decisions_about, scheme_facts
from consent.same_child_links import open_links
from privacy_portal.ground.days import day_of, in_words
from privacy_portal.ground.names import person_key


def doubt_about(decision: Decision, *, at: datetime) -> DoubtfulError | None:
    """Return the doubt about a decision that is not recorded yet, if any; at most 5 queries."""
    if decision.scheme is None:
        earlier = _objection(decision, at)
        return _same(decision, earlier) if earlier else None
    rows = {
        row.pk: row
        for row in Decision.objects.filter(
            pupil=decision.pupil, scheme=decision.scheme
        ).select_related("recorded_by")
    }
    others = [
        replace(decision, person=person_key(rows[decision.order].person_name))
        for decision in decisions_about(decision.scheme, decision.pupil)
        if decision.order in rows
    ]
    facts, now = scheme_facts(decision.scheme), rules.seen_now(at)
    doubt = rules.doubt(facts, decision.pupil.born, decision.new_facts, others, now)
    if doubt is None:
        return None
    why, earlier_row = doubt
    if earlier_row is not None:
        return _same(decision, rows[earlier_row.order])
    if open_links().others(decision.pupil_id):
        return None  # the opt-out may be about the child's other record (C6b)
    name = f"{decision.pupil.forename} {decision.pupil.surname}"
    return DoubtfulError(
        f"{why}/{decision.pupil.reference}/{decision.scheme.code}",
        f"{name} is not opted out, so there is nothing to opt back in to.",
        repeats=False,
    )


def _objection(decision: Decision, at: datetime) -> Decision | None:
    """Return the latest objection of the same person to the same sharing that counts."""
    for earlier in objections_about(decision.pupil).reverse():
        about = [(row.recipient, row.purpose, row.by) for row in (earlier, decision)]
        person = earlier.by == rules.DecidedBy.PUPIL or (
            person_key(earlier.person_name) == person_key(decision.person_name)
        )
        if about[0] == about[1] and person and state_of(earlier, at=at).counts:
            return earlier
    return None


def _same(decision: Decision, earlier: Decision) -> DoubtfulError:
    name = f"{decision.pupil.forename} {decision.pupil.surname}"
    own = earlier.by == rules.DecidedBy.PUPIL
    who, about = (name, "") if own else (earlier.person_name, f" for {name}")
    chose = rules.CHOSE[rules.Choice(decision.choice)]
    received, recorded = (in_words(day_of(at)) for at in (earlier.received_at, earlier.recorded_at))
    by = f" by {earlier.recorded_by.name}" if earlier.recorded_by else ""
    sentence = (
        f"{who} has already {chose}{about}: received on {received}, recorded on {recorded}{by}."
    )
    if decision.received_at < earlier.received_at and decision.choice != rules.Choice.OPT_IN:
        day = in_words(day_of(decision.received_at))
        sentence += f" This one was received earlier: recorded, it applies from {day}."
    return DoubtfulError(f"{rules.Doubt.SAME}/{earlier.pk}", sentence, repeats=True)
