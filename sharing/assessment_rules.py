"""The data protection impact assessment of an agreement, and the data protection officer’s view of
it (docs/rulebook.md, A3), as pure functions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of the data protection impact assessment."""

    NO_HIGH_RISK = "no-high-risk"
    RISK_ACCEPTED = "risk-accepted"
    NOT_NEEDED = "not-needed"


class View(StrEnum):
    """What the data protection officer thinks of an agreement."""

    AGREES = "agrees"
    CONDITIONS = "agrees-with-conditions"
    AGAINST = "advises-against"


def points_needed(terms: Mapping[str, Any]) -> frozenset[str]:
    """A3 Return the fields about the assessment that the answers so far ask for: a reference, unless
    none is needed; a reason, unless no high risk is left; what the officer said, unless they agree;
    and why their advice is not followed."""
    needed = {"dpia_outcome", "dpo_view", "dpo_on"}
    if terms["dpia_outcome"] != Outcome.NOT_NEEDED:
        needed.add("dpia_reference")
    if terms["dpia_outcome"] in (Outcome.RISK_ACCEPTED, Outcome.NOT_NEEDED):
        needed.add("dpia_reason")
    if terms["dpo_view"] in (View.CONDITIONS, View.AGAINST):
        needed.add("dpo_advice")
    if terms["dpo_view"] == View.AGAINST:
        needed.add("against_advice")
    return frozenset(needed)
