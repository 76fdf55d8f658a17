"""Rows of the consent app in words, without queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from consent.decisions.histories import History
from consent.decisions.merged_histories import Origin
from consent.decisions.objecting import facts_of
from consent.models import Decision, Invalidation
from consent.rules import (
    EFFECTS,
    OPT_IN_DAYS,
    Choice,
    DecidedBy,
    Default,
    Effect,
    objection_counts,
    objection_due,
    objection_ends,
)
from privacy_portal.ground.days import day_of, days_later, in_words, working_days_later

ANOTHER = "another record that may be of the same child"
INVALID, ENDED = "Invalid", "Ended"
THE_SAME = "The record that stayed says the same, so it is not counted twice"


@dataclass(frozen=True, slots=True)
class Waited:
    """For how many days something has waited, and whether it is past its target."""

    days: int
    due_on: date
    overdue: bool


def waited(since: datetime, today: date) -> Waited:
    """How long an opt-out has waited for a person to find its pupil."""
    received = day_of(since)
    due_on = working_days_later(received, settings.MATCHING_WORKING_DAYS)
    return Waited((today - received).days, due_on, today > due_on)


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as a page shows it; `effect` is what it does, in a sentence; `about_another` that it
    is about another record that may be of the same child; `of_part` that it is about a record that is
    part of the pupil's now; `origin` is where it was carried over from."""

    decision: Decision
    about_another: bool
    who: str
    counts: bool
    effect: str
    invalid: Invalidation | None
    origin: Origin | None = None
    of_part: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A history in words: `why` is what counts now, in one sentence."""

    history: History
    why: str
    rows: list[Row]


def show(history: History, *, schools: Collection[int] | None = None) -> Shown:
    """What counts now and why in one sentence, and each decision with its effect.

    With `schools`, ids, what was decided about another record that may be of the same child is not
    told where that one is at no school of these.
    """
    hidden = {
        each.pk
        for each, _ in history.decisions
        if schools is not None
        and each.pupil_id != history.pupil.pk
        and each.pupil.school_id not in schools
    }
    rows = [
        Row(
            decision=decision,
            about_another=decision.pupil_id != history.pupil.pk,
            who=_who(decision),
            counts=effect is Effect.COUNTS,
            effect=_does(decision, effect, history),
            invalid=getattr(decision, "invalidation", None),
            origin=history.origins.get(decision.pk),
        )
        for decision, effect in history.decisions
        if decision.pk not in hidden
    ]
    rows += [_of_part(each, history) for each in history.left_behind]
    rows.sort(key=lambda row: (row.decision.received_at, row.decision.pk))
    if hidden.isdisjoint(each.pk for each in history.deciding):
        return Shown(history, _why(history), rows)
    state = "Opted out" if history.opted_out else "Not opted out"
    return Shown(history, f"{state}, because of a decision about {ANOTHER}.", rows)


def _of_part(decision: Decision, history: History) -> Row:
    """A decision about a record that is part of the pupil's now, which was not carried over."""
    invalid = getattr(decision, "invalidation", None)
    return Row(
        decision=decision,
        about_another=False,
        who=_who(decision),
        counts=False,
        effect=EFFECTS[Effect.INVALID] if invalid else f"{THE_SAME}.",
        invalid=invalid,
        origin=history.origins.get(decision.pk),
        of_part=True,
    )


@dataclass(frozen=True, slots=True)
class ObjectionState:
    """How an objection stands in one line; `colour` of its tag, `late` if it should be decided."""

    words: str
    colour: str
    due_on: date
    late: bool


def objection_state(decision: Decision, *, at: datetime) -> ObjectionState:
    """Of an objection read with `objecting.objections`, at the instant."""
    ruled, told_at = decision.ruled, decision.told_at  # type: ignore[attr-defined]
    facts = facts_of(decision, ruled, told_at)
    ends = objection_ends(facts)
    due_on = objection_due(day_of(decision.received_at))
    if facts.invalid:
        words, colour = INVALID, "grey"
    elif facts.ruling is None:
        words, colour = "Counts; to be decided", "yellow"
    elif facts.told is None:
        words, colour = "Counts; the person must be told", "yellow"
    elif ends is None:
        words, colour = "Upheld; counts", "green"
    elif objection_counts(facts, at):
        words, colour = f"Counts until {in_words(day_of(ends))}", "yellow"
    else:
        words, colour = ENDED, "grey"
    late = facts.ruling is None and day_of(at) > due_on
    return ObjectionState(words, colour, due_on, late)


def _does(decision: Decision, effect: Effect, history: History) -> str:
    """What a decision does; of an opt-in that waits, from when it counts and what is still missing
    (C3). Needs its tellings and second look prefetched."""
    if decision.choice != Choice.OPT_IN or effect not in (Effect.UNVERIFIED, Effect.WAITS):
        return EFFECTS[effect]
    begins = in_words(day_of(days_later(decision.received_at, OPT_IN_DAYS)))
    elsewhere = not history.schools <= {decision.pupil.school_id}
    missing = _missing(decision, elsewhere=elsewhere) if effect is Effect.UNVERIFIED else []
    if not missing:
        return f"Does not count yet: it counts from {begins}. (C3)"
    return f"Does not count yet: it counts from {begins} if by then {' and '.join(missing)}. (C3)"


def _missing(opt_in: Decision, *, elsewhere: bool) -> list[str]:
    look = getattr(opt_in, "second_look", None)
    needs = []
    if look is not None and not look.agrees:
        needs.append("another member of staff has compared it with the form")
    names = [each.name for each in opt_in.tellings.all() if each.told_at is None]
    if names:
        told = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        needs.append(f"{told} {'has' if len(names) == 1 else 'have'} been told")
    if elsewhere:
        needs.append("it is known whether a record at another school is of the same child")
    return needs


def state_of_part(decision: Decision, *, at: datetime) -> ObjectionState:
    """Says what became of an objection that was not carried over when its record was merged."""
    state = objection_state(decision, at=at)
    if state.words in (INVALID, ENDED):
        return state
    return ObjectionState(THE_SAME, "grey", state.due_on, late=False)


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision about a record in words: `state` says why it does not count, or how it stands."""

    received_on: date
    title: str
    who: str
    state: str


_CHOSE = {
    Choice.OPT_OUT: "opted out",
    Choice.OPT_IN: "opted back in",
    Choice.OBJECTION: "objected",
}


def decision_line(
    decision: Decision, objections: Mapping[int, Decision], *, at: datetime
) -> DecisionLine:
    """A decision (read with `decisions_of`) in words; `objections` are the pupil's, by id."""
    state = ""
    if hasattr(decision, "invalidation"):
        state = INVALID
    elif decision.pk in objections:
        state = objection_state(objections[decision.pk], at=at).words
    elif (
        decision.choice == Choice.OPT_IN
        and decision.import_key is None
        and not hasattr(decision, "verification")
    ):
        state = "Does not count yet"
    return DecisionLine(
        received_on=day_of(decision.received_at),
        title=decision.matter.title,
        who=f"{_who(decision)} {_CHOSE[Choice(decision.choice)]}",
        state=state,
    )


def _who(decision: Decision) -> str:
    by = "the pupil" if decision.by == DecidedBy.PUPIL else "a parent or carer"
    return f"{decision.person_name} ({by})"


def _why(history: History) -> str:
    """C2 in one sentence, with names and days."""
    if not history.deciding:
        if history.facts.default is Default.WITHHOLD:
            return "Opted out, because nobody has agreed yet and this starts closed."
        return "Not opted out, because nobody has decided."
    outs = [each for each in history.deciding if each.choice == Choice.OPT_OUT]
    chosen = outs if history.opted_out and outs else history.deciding
    said = " and ".join(
        f"{each.person_name} {'opted out' if each.choice == Choice.OPT_OUT else 'opted in'} "
        f"on {in_words(day_of(each.received_at))}"
        for each in chosen
    )
    if chosen[0].by == DecidedBy.PUPIL:
        said = f"{said}, and the pupil’s own decision alone counts"
    elif outs and len(outs) < len(history.deciding):
        said = f"{said}, and one parent’s opt-out is enough"
    if history.by_another:
        said = f"{said}, about {ANOTHER}"
    return f"{'Opted out' if history.opted_out else 'Not opted out'}, because {said}."
