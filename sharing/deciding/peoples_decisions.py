"""What people decided about pupils, and who is protected or has died: loaded for one decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent.decisions.objecting import objecting
from consent.protection_lookup import protected_pupils
from consent.queries import opted_out_among, opted_out_by_default
from consent.rules import Seen
from sharing import row_decision_rules
from sharing.deciding.policy import Loaded


@dataclass(frozen=True, slots=True)
class PeoplesDecisions:
    """What people decided, by the ids of pupils: whether a pupil for whom anyone decided is opted
    out, whether all others are, and for whom an objection counts. `about` are the pupils whose
    decisions were asked for, None for all. `protected` and `died` are who must not be found and who has
    died (P), `permitted` whose row a second officer lets go."""

    opted_out: dict[int, bool]
    others: bool
    objected: frozenset[int]
    about: frozenset[int] | None
    protected: frozenset[int] = frozenset()
    died: frozenset[int] = frozenset()
    permitted: Mapping[int, row_decision_rules.Permission] = field(default_factory=dict)


def load_decisions(
    loaded: Loaded,
    row_rules: row_decision_rules.RowRules,
    pupils: list[int] | None,
    seen: Seen,
    permitted: Mapping[int, row_decision_rules.Permission],
) -> PeoplesDecisions:
    """Load who is opted out, about whom an objection counts, who is protected and who has died;
    `pupils` None stands for all."""
    scheme, facts, version = loaded.scheme, loaded.policy.scheme, loaded.version
    assert version is not None  # without one the request was refused
    objected = objecting(version.recipient_id, loaded.policy.purpose, seen)
    apart = protected_pupils(loaded.policy.on, now=seen.is_now)
    if not row_rules.scheme_applies or scheme is None or facts is None:
        return PeoplesDecisions({}, False, objected, None, apart.protected, apart.died, permitted)
    opted_out = opted_out_among(scheme, facts, pupils, seen)
    about = None if pupils is None else frozenset(pupils)
    return PeoplesDecisions(
        opted_out,
        opted_out_by_default(facts),
        objected,
        about,
        apart.protected,
        apart.died,
        permitted,
    )
