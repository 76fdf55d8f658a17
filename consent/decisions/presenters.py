"""Decisions and objections in words, without queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from consent.decisions.histories import History
from consent.decisions.merged_histories import Origin
from consent.decisions.objecting import facts_of
from consent.models import Decision, Invalidation
from consent.rules import (
    CHOSE,
    EFFECTS,
    OPT_IN_DAYS,
    Choice,
    DecidedBy,
    Default,
    Effect,
    objection_counts,
    objection_due,
    objection_ends,
    unwilling_until,
)
from privacy_portal.ground.days import day_of, days_later, in_words, working_days_later
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.ui.environment import series

ANOTHER = "another record that may be of the same child"
INVALID, ENDED = "Invalid", "Ended"
THE_SAME = "Already on the record that was kept"


@dataclass(frozen=True, slots=True)
class Waited:
    """How many days something has waited, when it is due, and whether it is overdue."""

    days: int
    due_on: date
    overdue: bool


def waited(since: datetime, today: date) -> Waited:
    """Return how long an online opt-out has waited to be matched, on the day `today`."""
    received = day_of(since)
    due_on = working_days_later(received, terms.number("matching_working_days"))
    return Waited((today - received).days, due_on, today > due_on)


@dataclass(frozen=True, slots=True)
class DecisionText:
    """A decision as a page shows it; `effect` is what it does, in a sentence. `about_another`: it is
    about another record that may be of the same child. `of_part`: it is about a record that was merged
    into the pupil's. `origin` is where a merge carried it over from."""

    decision: Decision
    about_another: bool
    who: str
    counts: bool
    effect: str
    invalid: Invalidation | None
    origin: Origin | None
    of_part: bool

    @property
    def needs_meeting(self) -> bool:
        """Return whether an officer must meet the person before the opt-in starts (P4)."""
        decision = self.decision
        opt_in = decision.choice == Choice.OPT_IN and decision.import_key is None
        return opt_in and decision.pupil.protected and not hasattr(decision, "meeting")


@dataclass(frozen=True, slots=True)
class HistoryText:
    """A history in words: `why` says what applies now, in one sentence."""

    history: History
    why: str
    rows: list[DecisionText]


def show(history: History, *, schools: Collection[int] | None = None) -> HistoryText:
    """Return what applies now and why in one sentence, and each decision with its effect.

    With `schools` (ids), leaves out decisions about another record that may be of the same child if
    that record is at none of these schools.
    """
    hidden = {
        decision.pk
        for decision, _ in history.decisions
        if schools is not None
        and decision.pupil_id != history.pupil.pk
        and decision.pupil.school_id not in schools
    }
    rows = [
        _text(decision, _does(decision, effect, history), history, counts=effect is Effect.COUNTS)
        for decision, effect in history.decisions
        if decision.pk not in hidden
    ]
    for decision in history.left_behind:
        invalid = hasattr(decision, "invalidation")
        sentence = EFFECTS[Effect.INVALID] if invalid else f"{THE_SAME}."
        rows.append(_text(decision, sentence, history, counts=False, of_part=True))
    rows.sort(key=lambda row: (row.decision.received_at, row.decision.pk))
    if hidden.isdisjoint(decision.pk for decision in history.deciding):
        return HistoryText(history, _why(history), rows)
    state = "Opted out" if history.opted_out else "Not opted out"
    return HistoryText(history, f"{state}, because of a choice about {ANOTHER}.", rows)


def _text(
    decision: Decision, effect: str, history: History, *, counts: bool, of_part: bool = False
) -> DecisionText:
    return DecisionText(
        decision=decision,
        about_another=not of_part and decision.pupil_id != history.pupil.pk,
        who=_who(decision),
        counts=counts,
        effect=effect,
        invalid=getattr(decision, "invalidation", None),
        origin=history.origins.get(decision.pk),
        of_part=of_part,
    )


@dataclass(frozen=True, slots=True)
class ObjectionState:
    """The status of an objection in words, with the colour of its tag; `late` if a decision is overdue."""

    words: str
    colour: str
    due_on: date
    late: bool


def objection_state(decision: Decision, *, at: datetime) -> ObjectionState:
    """Return the status of an objection, read with `objecting.objections`, at the instant."""
    ruled, told_at = decision.ruled, decision.told_at  # type: ignore[attr-defined]
    facts = facts_of(decision, ruled, told_at)
    ends = objection_ends(facts)
    due_on = objection_due(day_of(decision.received_at))
    if facts.invalid:
        words, colour = INVALID, "grey"
    elif facts.ruling is None:
        words, colour = "Decision due", "yellow"
    elif facts.told_at is None:
        words, colour = "Decided – tell the person", "yellow"
    elif ends is None:
        words, colour = "Upheld", "green"
    elif objection_counts(facts, at):
        words, colour = f"Ends {in_words(day_of(ends))}", "yellow"
    else:
        words, colour = ENDED, "grey"
    late = facts.ruling is None and day_of(at) > due_on
    return ObjectionState(words, colour, due_on, late)


def _does(decision: Decision, effect: Effect, history: History) -> str:
    """Return what a decision does; for an opt-in that has not started, when it starts and what is still
    missing (C3). Needs its tellings and second look prefetched."""
    if decision.choice != Choice.OPT_IN or effect not in (Effect.UNVERIFIED, Effect.WAITS):
        return EFFECTS[effect]
    begins = in_words(day_of(days_later(decision.received_at, OPT_IN_DAYS)))
    elsewhere = not history.schools <= {decision.pupil.school_id}
    missing = _missing(decision, elsewhere=elsewhere) if effect is Effect.UNVERIFIED else []
    if not missing:
        return f"Not started: it starts on {begins}."
    return f"Not started: it starts on {begins} if by then {' and '.join(missing)}."


def _missing(opt_in: Decision, *, elsewhere: bool) -> list[str]:
    look = getattr(opt_in, "second_look", None)
    needs = []
    if look is not None and not look.agrees:
        needs.append("another member of staff has checked it against the form")
    names = [telling.name for telling in opt_in.tellings.all() if telling.told_at is None]
    if opt_in.pupil.protected:  # nobody is told, and a meeting replaces every other proof (P4)
        needs = [] if hasattr(opt_in, "meeting") else ["a council officer has met the person"]
    elif names:
        needs.append(f"{series(names)} {'has' if len(names) == 1 else 'have'} been told")
    if elsewhere:
        needs.append("we know whether a record at another school is of the same child")
    return needs


def state_of_part(decision: Decision, *, at: datetime) -> ObjectionState:
    """Return the status of an objection that was not carried over when its record was merged."""
    state = objection_state(decision, at=at)
    if state.words in (INVALID, ENDED):
        return state
    return ObjectionState(THE_SAME, "grey", state.due_on, late=False)


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision about a record in words: `state` says why it does not apply, or an objection's status."""

    received_on: date
    about: str
    who: str
    state: str


def decision_line(
    decision: Decision, objections: Mapping[int, Decision], *, at: datetime
) -> DecisionLine:
    """Return a decision, read with `decisions_of`, in words; `objections` are the pupil's, by id."""
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
        state = "Not started"
    return DecisionLine(
        received_on=day_of(decision.received_at),
        about=", ".join(filter(None, (decision.matter.recipient.name, decision.matter.reason))),
        who=f"{_who(decision)} {CHOSE[Choice(decision.choice)]}",
        state=state,
    )


def _who(decision: Decision) -> str:
    by = "the pupil" if decision.by == DecidedBy.PUPIL else "a parent or carer"
    return f"{decision.person} ({by})"


_CHOSE = {**CHOSE, Choice.OPT_IN: "opted in"}


def _why(history: History) -> str:
    """Say in one sentence why the pupil is opted out or not, with names and days (C2)."""
    if not history.deciding:
        if history.facts.default is Default.WITHHOLD:
            return "Opted out: nobody has agreed to sharing yet."
        return "Not opted out: nobody has made a choice."
    outs = [decision for decision in history.deciding if decision.choice != Choice.OPT_IN]
    deciding = outs if history.opted_out and outs else history.deciding
    choices = " and ".join(
        f"{decision.person} {_CHOSE[Choice(decision.choice)]} "
        f"on {in_words(day_of(decision.received_at))}"
        for decision in deciding
    )
    about = f", about {ANOTHER}" if history.by_another else ""
    sentence = f"{'Opted out' if history.opted_out else 'Not opted out'}: {choices}{about}."
    unwilling = [decision for decision in outs if decision.choice == Choice.UNWILLING]
    if unwilling:
        last = day_of(unwilling_until(unwilling[-1].received_at))
        return f"{sentence} This applies until {in_words(last)}, whatever anyone else chose."
    if deciding[0].by == DecidedBy.PUPIL:
        return f"{sentence} The pupil has made their own choice, so only that applies."
    if outs and len(outs) < len(history.deciding):
        return f"{sentence} Only one parent needs to opt out."
    return sentence
