"""Rules about people's decisions (docs/rulebook.md, C), as pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from consent.age_rules import attained, school_year
from privacy_portal.ground.days import day_of, days_later, end_of, months_later

OPT_IN_DAYS = 7
# The person can answer before an objection stops counting.
OBJECTION_ENDS_DAYS = 7
# Clocks of servers may differ by so much: where that matters, the doubt is the opt-out's.
CLOCKS_APART = timedelta(minutes=2)
FOREVER = datetime.max.replace(tzinfo=UTC)


class Choice(StrEnum):
    """A choice of a person."""

    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"
    OBJECTION = "objection"
    UNWILLING = "unwilling"


# What a person has done, inside a sentence.
CHOSE = {
    Choice.OPT_OUT: "opted out",
    Choice.OPT_IN: "opted back in",
    Choice.OBJECTION: "objected",
    Choice.UNWILLING: "did not want to take part",
}


class DecidedBy(StrEnum):
    """Who decides: a parent, or the pupil."""

    PARENT = "parent"
    PUPIL = "pupil"


class RulingKind(StrEnum):
    """An officer's decision about an objection: upheld, or compelling grounds to keep sharing; or
    the person withdrew it."""

    UPHELD = "upheld"
    GROUNDS = "grounds"
    WITHDRAWN = "withdrawn"


class Refusal(StrEnum):
    """The reason why a decision of a person is not taken."""

    TOO_YOUNG = "too-young"
    PARENTS_ONLY = "parents-only"
    PUPIL_DECIDED = "pupil-decided"


SENTENCES = {
    Refusal.TOO_YOUNG: "The pupil is too young to make this choice. A parent or carer must make it.",
    Refusal.PARENTS_ONLY: "Only a parent or carer can make this choice.",
    Refusal.PUPIL_DECIDED: "The pupil has made their own choice, so a parent can no longer "
    "change it.",
}


class Default(StrEnum):
    """The state of a scheme before anyone decides."""

    SHARE = "share"
    WITHHOLD = "withhold"


@dataclass(frozen=True, slots=True)
class Scheme:
    """An opt-out that the law or a notice offers for one recipient. Codes throughout.

    `purposes` empty means all; ages in years, None for no limit.
    """

    code: str
    purposes: frozenset[str]
    default: Default
    min_age: int | None
    below_age: int | None
    self_age: int | None
    basic_items: frozenset[str]
    child_may_refuse: bool = False

    def applies_to(self, purpose: str) -> bool:
        """D A scheme applies if its purposes contain the purpose; an empty list means all."""
        return not self.purposes or purpose in self.purposes


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of a person. `order` rises in the order they were recorded.

    `person` is the same for one parent on record; `verified` matters for an opt-in only.
    """

    choice: Choice
    by: DecidedBy
    person: str
    received: datetime
    order: int
    verified: bool = True
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The instants up to which decisions are seen: opt-outs and objections by when they were received,
    opt-ins by when they start to count. Of one instant both are the same."""

    opt_outs_until: datetime
    opt_ins_until: datetime

    @property
    def is_now(self) -> bool:
        """Return whether everything that is stored counts, rather than what was there on a day."""
        return self.opt_outs_until == FOREVER


def seen_now(at: datetime) -> Seen:
    """H2a Now every opt-out and objection counts that is there, whatever the clocks say; an opt-in,
    and the end of an objection, only once that is certain by any server's clock."""
    return Seen(FOREVER, at - CLOCKS_APART)


def seen_about(at: datetime) -> Seen:
    """Return what may have counted at an instant given by another server's clock: in doubt an
    opt-out counted, and an opt-in did not."""
    return Seen(at + CLOCKS_APART, at - CLOCKS_APART)


def _seen(at: datetime | Seen) -> Seen:
    return at if isinstance(at, Seen) else Seen(at, at)


def may_decide(scheme: Scheme, by: DecidedBy, born: date, on: date) -> bool:
    """C1 A parent may decide for a pupil of any age; a pupil only having attained the scheme's
    age of self-decision, and never under a scheme that has none."""
    if by is DecidedBy.PARENT:
        return True
    return scheme.self_age is not None and attained(scheme.self_age, born, on)


def unwilling_until(received: datetime) -> datetime:
    """C2 Return the last instant at which a child's own unwillingness counts: the end of the school year
    in which they did not want to take part. In the next they are asked anew."""
    _, last = school_year(day_of(received))
    return end_of(last)


def counts_by(decision: Decision, at: datetime | Seen) -> bool:
    """C3 An opt-out counts from receipt, while it is still being verified. An opt-in counts only
    once verified and when 7 days have passed since receipt. C4 An invalid decision never counts. C2 A
    child's own unwillingness counts from the day until the end of the school year."""
    if decision.invalid:
        return False
    seen = _seen(at)
    if decision.choice is Choice.OPT_OUT:
        return decision.received <= seen.opt_outs_until
    if decision.choice is Choice.UNWILLING:
        begun = decision.received <= seen.opt_outs_until
        return begun and seen.opt_ins_until <= unwilling_until(decision.received)
    return decision.verified and days_later(decision.received, OPT_IN_DAYS) <= seen.opt_ins_until


def overtaken(decision: Decision, others: Iterable[Decision]) -> bool:
    """C2 An opt-in replaces no opt-out of the same person that was recorded after it, unless it was
    received certainly later: clocks that differ must not turn the two round."""
    if decision.choice is not Choice.OPT_IN:
        return False
    since = decision.received - CLOCKS_APART
    return any(
        other.choice is Choice.OPT_OUT
        and not other.invalid
        and other.order > decision.order
        and other.received >= since
        and _same_person(other, decision)
        for other in others
    )


def opted_out(
    scheme: Scheme, born: date, decisions: Iterable[Decision], at: datetime | Seen
) -> bool:
    """C2 If the pupil decided for themself, their latest decision alone counts. Otherwise the
    pupil is opted out if any one parent's own latest decision is an opt-out. A scheme that starts
    closed is opted out until the pupil's own latest is an opt-in or, without one of the pupil's
    own, until at least one parent's latest is an opt-in and no parent's is an opt-out. While a
    child's own unwillingness to take part counts, they are opted out whatever anyone decided."""
    return standing(scheme, born, decisions, at).opted_out


class Effect(StrEnum):
    """The effect of a decision at an instant, and why if it has none."""

    COUNTS = "counts"
    INVALID = "invalid"
    TOO_YOUNG = "too-young"
    UNVERIFIED = "unverified"
    WAITS = "waits"
    PUPIL_DECIDES = "pupil-decides"
    REPLACED = "replaced"
    ENDED = "ended"


EFFECTS = {
    Effect.COUNTS: "Applies.",
    Effect.INVALID: "Invalid: the person did not have the right to choose, or it was a mistake.",
    Effect.TOO_YOUNG: "No effect: the pupil was not old enough, or cannot make this choice.",
    Effect.UNVERIFIED: "Not started: not verified yet.",
    Effect.WAITS: "Not started: an opt-in starts 7 days after we receive it.",
    Effect.PUPIL_DECIDES: "No effect now: the pupil has made their own choice.",
    Effect.REPLACED: "Replaced by a later choice.",
    Effect.ENDED: "Ended: it was for that school year.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a pupil is opted out at an instant, and the decisions that make it so.

    `deciding` is the pupil's own latest alone, or each parent's latest that counts, after each time the
    child did not want to take part; empty when nobody decided, and the scheme's default holds.
    """

    opted_out: bool
    deciding: tuple[Decision, ...]


def standing(
    scheme: Scheme, born: date, decisions: Iterable[Decision], at: datetime | Seen
) -> Standing:
    """C2 Return whether the pupil is opted out at the instant, and by whose decisions; `opted_out` says
    the rule."""
    own: Decision | None = None
    parents: dict[str, Decision] = {}
    unwilling: list[Decision] = []
    counting = [decision for decision in decisions if counts_by(decision, at)]
    for decision in sorted(counting, key=_recency):
        if overtaken(decision, counting):
            continue
        if decision.choice is Choice.UNWILLING:
            unwilling.append(decision)
        elif decision.by is DecidedBy.PARENT:
            parents[decision.person] = decision
        elif may_decide(scheme, DecidedBy.PUPIL, born, day_of(decision.received)):
            own = decision
    if own is not None:
        return Standing(bool(unwilling) or own.choice is Choice.OPT_OUT, (*unwilling, own))
    latest = {decision.choice for decision in parents.values()}
    closed = scheme.default is Default.WITHHOLD
    out = latest != {Choice.OPT_IN} if closed else Choice.OPT_OUT in latest
    return Standing(bool(unwilling) or out, (*unwilling, *parents.values()))


def effects(
    scheme: Scheme, born: date, decisions: Iterable[Decision], at: datetime | Seen
) -> dict[int, Effect]:
    """C2 Return what each decision, by its `order`, does at the instant; those that decide count."""
    decisions = list(decisions)
    deciding = standing(scheme, born, decisions, at).deciding
    own = any(_is_own(decision) for decision in deciding)
    return {
        decision.order: _effect(
            scheme,
            born,
            decision,
            at,
            own=own,
            decides=decision in deciding,
            replaced=_replaced(decision, decisions, at),
        )
        for decision in decisions
    }


def _replaced(opt_in: Decision, others: Iterable[Decision], at: datetime | Seen) -> bool:
    """C2 Return whether the same person opted out after an opt-in: then the opt-in never counts."""
    return opt_in.choice is Choice.OPT_IN and (
        overtaken(opt_in, others)
        or any(
            other.choice is Choice.OPT_OUT
            and _same_person(other, opt_in)
            and _recency(other) > _recency(opt_in)
            and counts_by(other, at)
            for other in others
        )
    )


def _is_own(decision: Decision) -> bool:
    """Return whether it is a pupil's opt-out or opt-in; unwillingness on the day is neither."""
    return decision.by is DecidedBy.PUPIL and decision.choice is not Choice.UNWILLING


def _same_person(one: Decision, other: Decision) -> bool:
    return one.by is other.by and (one.by is DecidedBy.PUPIL or one.person == other.person)


# What an opt-in does that can begin to count at no time, as things are.
WITHOUT_EFFECT = (Effect.INVALID, Effect.TOO_YOUNG, Effect.PUPIL_DECIDES, Effect.REPLACED)


def _effect(
    scheme: Scheme,
    born: date,
    decision: Decision,
    at: datetime | Seen,
    *,
    own: bool,
    decides: bool,
    replaced: bool,
) -> Effect:
    if decides:
        return Effect.COUNTS
    if decision.invalid:
        return Effect.INVALID
    if decision.choice is Choice.UNWILLING:
        return Effect.ENDED
    if not may_decide(scheme, decision.by, born, day_of(decision.received)):
        return Effect.TOO_YOUNG
    if own and decision.by is DecidedBy.PARENT:
        return Effect.PUPIL_DECIDES
    if not counts_by(decision, at) and not replaced:
        waits = decision.verified or decision.choice is Choice.OPT_OUT
        return Effect.WAITS if waits else Effect.UNVERIFIED
    return Effect.REPLACED


def code_opts_in(
    scheme: Scheme, *, fresh: bool, issued: datetime, decisions: Iterable[Decision]
) -> bool:
    """C3 A letter's code proves an opt-in if it was asked for that (`fresh`), or the scheme starts
    closed; and only if it was issued after the last opt-out that is not invalid: what was lying
    about when somebody opted out opens nothing."""
    if not fresh and scheme.default is not Default.WITHHOLD:
        return False
    outs = [
        decision.received
        for decision in decisions
        if decision.choice is Choice.OPT_OUT and not decision.invalid
    ]
    return all(received + CLOCKS_APART < issued for received in outs)


def refusal(
    scheme: Scheme, born: date, new: Decision, others: Iterable[Decision], *, by_day: bool = False
) -> Refusal | None:
    """C1 A pupil too young, or under a scheme of parents, does not decide; but a child who is asked on the
    day may refuse to take part, at any age. C2 Once the pupil's own decision counts, a parent's is refused: an opt-in also where the pupil's own counts by the time at
    which it could begin to. An opt-out that was received before then is taken, as history.

    `new` is received at the start of a day where only its day is known, and that day is `by_day`."""
    if new.choice is Choice.UNWILLING:
        return None if scheme.child_may_refuse else Refusal.PARENTS_ONLY
    if new.by is DecidedBy.PUPIL:
        if scheme.self_age is None:
            return Refusal.PARENTS_ONLY
        young = not may_decide(scheme, DecidedBy.PUPIL, born, day_of(new.received))
        return Refusal.TOO_YOUNG if young else None
    # What came on the day of the pupil's own decision is not known to have come before it.
    counts_from = end_of(day_of(new.received)) if by_day else new.received
    if new.choice is Choice.OPT_IN:
        counts_from = max(counts_from, days_later(new.received, OPT_IN_DAYS))
    own = any(
        _is_own(other)
        and may_decide(scheme, DecidedBy.PUPIL, born, day_of(other.received))
        and counts_by(other, counts_from)
        for other in others
    )
    return Refusal.PUPIL_DECIDED if own else None


class Doubt(StrEnum):
    """The reason why a decision about to be recorded may be a slip."""

    SAME = "same"
    NOT_OPTED_OUT = "not-opted-out"


def doubt(
    scheme: Scheme, born: date, new: Decision, others: Iterable[Decision], at: datetime | Seen
) -> tuple[Doubt, Decision | None] | None:
    """Return why a new decision may be a slip: the same person's latest is the same, which is
    returned too, or it is an opt-in for a pupil who is not opted out. None where there is no doubt.

    Staff are asked about it and never refused, for a form must not be lost; another parent's
    decision is no doubt.
    """
    valid = [
        other for other in others if not other.invalid and other.choice is not Choice.UNWILLING
    ]
    same_person = [
        other
        for other in valid
        if other.by is new.by and (new.by is DecidedBy.PUPIL or other.person == new.person)
    ]
    latest = max(same_person, key=_recency, default=None)
    if latest is not None and latest.choice is new.choice:
        return Doubt.SAME, latest
    if new.choice is Choice.OPT_IN and not opted_out(scheme, born, valid, at):
        return Doubt.NOT_OPTED_OUT, None
    return None


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection. `ruling` is the latest, `told_at` when the person was told of it (None: not yet)."""

    received: datetime
    invalid: bool = False
    ruling: RulingKind | None = None
    told_at: datetime | None = None


def objection_ends(objection: Objection) -> datetime | None:
    """C10 An objection ends 7 days after the person was told of compelling grounds, or that it is
    noted as taken back; until then, and for good once upheld, it counts. None: it does not end."""
    if objection.ruling in (None, RulingKind.UPHELD) or objection.told_at is None:
        return None
    return days_later(objection.told_at, OBJECTION_ENDS_DAYS)


def objection_counts(objection: Objection, at: datetime | Seen) -> bool:
    """C10 An objection counts from receipt, while it is being decided too. C4 An invalid one never
    counts."""
    seen = _seen(at)
    if objection.invalid or seen.opt_outs_until < objection.received:
        return False
    ends = objection_ends(objection)
    return ends is None or seen.opt_ins_until < ends


def objection_due(received: date) -> date:
    """C10 Return the day by which an officer decides: the same day of the next month, or its last."""
    return months_later(received, 1)


def _recency(decision: Decision) -> tuple[datetime, int]:
    """C2 Return what orders decisions: the latest was received last or, on a tie, recorded last."""
    return decision.received, decision.order
