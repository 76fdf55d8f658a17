"""Find what a recipient has to be told of what it got: new values, and what to delete (H6)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from consent.models import PupilChange
from consent.rules import seen_now
from privacy_portal.ground import days
from privacy_portal.ground.files.tables import JOINT
from sharing import rules
from sharing.changes.handed import Holding, holdings, upns_to_find
from sharing.changes.rules import Fate, Instruction, fate_of, to_delete, to_tell
from sharing.deciding.deciding import ExtractDecision, decide
from sharing.deciding.extracts import Identifiers
from sharing.deciding.policy import Loaded, load
from sharing.rules import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Told:
    """What the recipient is told of one pupil, found by `upn` in the decision."""

    holding: Holding
    upn: str
    instruction: Instruction


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be told under an agreement for a purpose: `items` are the permitted ones of all that
    the recipient has, in the order of the policy. Empty where the request itself would be refused."""

    loaded: Loaded
    items: tuple[str, ...]
    told: Sequence[Told]

    @property
    def changed_items(self) -> tuple[str, ...]:
        """Return the items that have a new value for anybody."""
        changed = frozenset[str]().union(*(told.instruction.changed for told in self.told))
        return tuple(item for item in self.items if item in changed)


class _People:
    """Implements `HeadedRows`: pupils of whom the recipient has these items, one row each."""

    def __init__(self, upns: Sequence[str], items: Iterable[rules.Item]):
        self.upns = upns
        self.columns: list[tuple[str, rules.Item | None]] = [(item.code, item) for item in items]

    def identifiers(self, size: int) -> Iterator[Identifiers]:
        """Yield the numbers, in batches of `size`."""
        for at in range(0, len(self.upns), size):
            batch = self.upns[at : at + size]
            yield Identifiers(len(batch), JOINT.join(batch))


def find_changes(
    agreement: str, purpose: str, *, at: datetime, pupils: Sequence[int] | None = None
) -> Changes:
    """Find what the recipient has to be told today, about some `pupils` or about all; at most 40
    queries.

    The decision is the one that every release has: for what it has of each pupil, as if it were to go
    today. In the transaction of a hand-over this sees what the hand-over sees.
    """
    loaded = load(agreement, purpose, days.day_of(at))
    if rules.request_reasons(loaded.policy):
        return Changes(loaded, (), ())
    scheme = loaded.policy.scheme
    basic = loaded.basic_items if scheme and scheme.applies_to(purpose) else frozenset()
    held = holdings(agreement, purpose, basic=basic, pupils=pupils)
    upns = upns_to_find([holding.pupil for holding in held])
    held = [holding for holding in held if holding.pupil in upns]
    sent = frozenset[str]().union(*(holding.sent.keys() for holding in held))
    items = [item for code, item in loaded.items.items() if code in sent]
    if not held or not items:
        return Changes(loaded, (), ())
    people = _People([upns[holding.pupil] for holding in held], items)
    decision, fates = _fates(people, loaded, at)
    permitted = frozenset(column.item for column in decision.columns if column.permitted)
    changes = _changes_since(held)
    told = []
    for place, holding in enumerate(held):
        outcome, fate = fates[place]
        delete = to_delete(holding.sent, fate, basic)
        changed = to_tell(
            holding.sent,
            changes.get(holding.pupil, {}),
            [code for code in permitted if code],
            outcome,
            basic,
        )
        instruction = Instruction(changed, delete, whole=fate is Fate.GOES)
        if instruction.says_something:
            told.append(Told(holding, upns[holding.pupil], instruction))
    return Changes(loaded, tuple(item.code for item in items if item.code in permitted), told)


def _fates(
    people: _People, loaded: Loaded, at: datetime
) -> tuple[ExtractDecision, list[tuple[Outcome, Fate]]]:
    """Decide on the rows as they are, and with age and school left aside."""
    with transaction.atomic():
        decision = decide(people, loaded, seen_now(at))
        otherwise = decide(people, _ageless(loaded), seen_now(at))
    outcomes = _outcomes(decision, len(people.upns))
    others = _outcomes(otherwise, len(people.upns))
    return decision, [
        (outcome, fate_of(outcome, reason, otherwise=other))
        for (outcome, reason), (other, _) in zip(outcomes, others, strict=True)
    ]


def _outcomes(decision: ExtractDecision, rows: int) -> list[tuple[Outcome, Reason | None]]:
    outcomes: list[tuple[Outcome, Reason | None]] = [(Outcome.RELEASED, None)] * rows
    for finding in decision.findings:
        outcomes[finding.row - 1] = (finding.outcome, finding.reason)
    return outcomes


def _ageless(loaded: Loaded) -> Loaded:
    """Return the policy as it would be if it asked for no school and no age."""
    policy = loaded.policy
    assert policy.agreement is not None
    scheme = policy.scheme
    return replace(
        loaded,
        policy=replace(
            policy,
            agreement=replace(policy.agreement, schools=None),
            scheme=replace(scheme, min_age=None, below_age=None) if scheme else None,
        ),
    )


def _changes_since(held: Sequence[Holding]) -> Mapping[int, Mapping[str, datetime]]:
    """Return when each column of these pupils last changed, by pupil; 1 query."""
    first = min(at for holding in held for at in holding.sent.values())
    rows = (
        PupilChange.objects.filter(at__gt=first, pupil__in=[h.pupil for h in held])
        .values_list("pupil_id", "field")
        .annotate(last=Max("at"))
    )
    changes: dict[int, dict[str, datetime]] = defaultdict(dict)
    for pupil, column, at in rows:
        changes[pupil][column] = at
    return changes
