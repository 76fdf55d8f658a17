"""Releases in words, without queries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from privacy_portal.ground.ui.environment import count, lower_first
from sharing.disclosures.columns import ReasonCount, columns_in_words, counts_in_words
from sharing.disclosures.sentences import notice_in_words, of_reason, of_release
from sharing.models import AgreementVersion, Finding, Release
from sharing.rules import Outcome, Reason


def release_in_words(
    release: Release,
    version: AgreementVersion | None,
    *,
    purposes: Mapping[str, str],
    items: Mapping[str, str],
    notices: Mapping[str, str],
) -> dict[str, object]:
    """Return what the page of a release says besides its rows, with the labels of purposes and items
    by their codes and the titles of notices by their slugs."""
    decision = release.decision
    purpose = purposes.get(release.purpose, release.purpose)
    counts = counts_in_words(decision["reason_counts"])
    return {
        "heading": f"Release: {version.recipient.name}, {lower_first(purpose)}"
        if version
        else f"Release: {lower_first(purpose)}",
        "sentence": of_release(release),
        "reasons": [of_reason(code, release.agreement) for code in decision["reasons"]],
        "approval": _why_approval(decision),
        "override": _override(release),
        "columns": columns_in_words(decision["columns"], items, release.assigned),
        "counts": counts,
        "reason_choices": _reason_choices(counts),
        "emptied": decision["emptied"] if _opted_out(decision["reason_counts"]) else [],
        "hidden": decision["locating"] if decision.get("unlocated") else [],
        "reveals": [
            {**file, "on": date.fromisoformat(file["on"])} for file in decision.get("reveals", ())
        ],
        "notice": notice_in_words(decision["notice"], notices),
    }


def _why_approval(decision: Mapping[str, object]) -> str:
    reveals = decision.get("reveals")
    why = ["Together with earlier files, this one shows who has opted out."] if reveals else []
    if decision.get("special_category", decision["needs_approval"]):
        why.append("This includes special category data.")
    why = why or ["This was created from pupil records."]
    return f"{' '.join(why)} A second officer must approve it."


def _override(release: Release) -> str:
    if not release.override:
        return ""
    number = release.decision["overridden"]
    verb = "has" if number == 1 else "have"
    return (
        f"{count(number, 'pupil')} in this file {verb} opted out. It will be released despite the "
        f"opt-out: {release.override['legal_ground']}. {release.override['reason']}"
    )


def _reason_choices(counts: Iterable[ReasonCount]) -> list[tuple[str, str]]:
    """Return the reasons by which rows can be filtered, with their numbers of rows."""
    numbers: Counter[tuple[str, str]] = Counter()
    for line in counts:
        numbers[line.reason, line.sentence] += line.number
    reasons = [(code, f"{sentence} ({number:,})") for (code, sentence), number in numbers.items()]
    return [("", "All"), *reasons]


def state_in_words(release: Release, waits_for_approval: bool) -> str:
    """Return how far a release is."""
    if release.state != Release.State.CHECKED:
        return str(release.get_state_display())
    if waits_for_approval:
        return "Checked – needs approval"
    return "Approved – ready to release" if release.approved_by_id else "Checked – ready to release"


def decision_document(release: Release, findings: Iterable[Finding]) -> dict[str, object]:
    """Return the decision that a release was checked with, as JSON for the organisation's systems."""
    decision = dict(release.decision)
    emptied, locating = decision.pop("emptied"), decision.pop("locating", [])
    decision.pop("unlocated", None)
    del decision["reason_counts"]
    for internal in ("alike", "reveals", "special_category"):
        decision.pop(internal, None)
    decision["detail"] = [
        {
            "row": finding.row,
            "upn": finding.upn,
            "outcome": finding.outcome,
            "reason": finding.reason,
            "emptied": _emptied(finding, emptied, locating),
        }
        for finding in findings
    ]
    return decision


def _opted_out(reason_counts: Iterable[tuple[str, str, int]]) -> bool:
    """Return whether a row is released without what an opt-out empties."""
    return any(
        (outcome, reason) == (Outcome.REDUCED, Reason.OPTED_OUT)
        for outcome, reason, _ in reason_counts
    )


def _emptied(finding: Finding, emptied: Sequence[str], locating: Sequence[str]) -> list[str]:
    """Return the headings whose cells a row that is released in part does not have."""
    if finding.outcome != Outcome.REDUCED:
        return []
    headings = list(emptied) if finding.reason == Reason.OPTED_OUT else []
    if finding.unlocated:
        headings += [heading for heading in locating if heading not in headings]
    return headings
