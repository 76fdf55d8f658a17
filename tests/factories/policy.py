"""Changes to the policy that an officer drafted, and that another put in force."""

from typing import Any

from privacy_portal.ground.accounts.models import User
from sharing.models import PolicyChange
from sharing.policy import changing, things
from sharing.policy_file.refusing import code_of
from sharing.policy_rules import ThingPart
from tests.example import NOON

Kind = PolicyChange.Kind


def drafted(
    kind: str,
    wanted: ThingPart | None,
    *,
    by: User,
    code: str = "",
    reason: str = "A new agreement",
) -> PolicyChange:
    code = code or code_of(wanted) if wanted else code
    return changing.draft(kind, code, wanted, reason=reason, by=by, at=NOON)


def in_force(
    kind: str, wanted: ThingPart | None, *, by: User, second: User, code: str = ""
) -> PolicyChange:
    """Draft a change and put it in force."""
    change = drafted(kind, wanted, by=by, code=code)
    changing.put_in_force(change.pk, by=second, at=NOON)
    return change


def changed(kind: str, code: str, **values: Any) -> ThingPart:
    """The thing with other values."""
    part = things.thing(kind, code)
    assert part is not None
    return part.model_copy(update=values)
