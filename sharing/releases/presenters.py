"""Decisions and disclosures in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from sharing.disclosures.columns import _columns
from sharing.disclosures.sentences import notice_in_words, of_reason, of_release
from sharing.models import Finding, Release
from sharing.rules import Outcome, Reason


def release(
    shown: Release,
    purposes: Mapping[str, str],
    labels: Mapping[str, str],
    notices: Mapping[str, str],
) -> dict[str, Any]:
    """What the page of a release shows besides its rows."""
    decision = shown.decision
    return {
        "purpose": purposes.get(shown.purpose, shown.purpose),
        "sentence": of_release(shown),
        "reasons": [(code, of_reason(code, shown.agreement)) for code in decision["reasons"]],
        "columns": _columns(decision["columns"], labels, shown.assigned),
        "counts": [
            (outcome, reason, Reason(reason).sentence, count)
            for outcome, reason, count in decision["reason_counts"]
        ],
        "emptied": decision["emptied"],
        "notice": notice_in_words(decision["notice"], notices),
    }


def state_in_words(release: Release, waits_for_approval: bool) -> str:
    """How far a release is."""
    if release.state == Release.State.ASKING:
        return "Needs an answer: how to read it"
    if release.state != Release.State.CHECKED:
        return str(release.get_state_display())
    if waits_for_approval:
        return "Checked, needs approval"
    return "Approved, ready to release" if release.approved_by_id else "Checked, ready to release"


def decision_document(shown: Release, findings: Iterable[Finding]) -> dict[str, object]:
    """The contract's JSON of the decision that a release was checked with."""
    decision = dict(shown.decision)
    emptied = decision.pop("emptied")
    del decision["reason_counts"]
    decision.pop("alike", None)
    decision["detail"] = [
        {
            "row": each.row,
            "upn": each.upn,
            "outcome": each.outcome,
            "reason": each.reason,
            "emptied": emptied if each.outcome == Outcome.REDUCED else [],
        }
        for each in findings
    ]
    return decision
