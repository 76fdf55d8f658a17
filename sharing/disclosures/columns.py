"""Columns and reasons of a decision in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sharing.rules import SENTENCES, Outcome, Reason

ALLOWED_WITHOUT_LOCATING = "A second officer allowed this row without where the pupil is."


class ReasonCount(NamedTuple):
    """The number of rows that have an outcome for a reason, both by their codes."""

    outcome: str
    reason: str
    sentence: str
    number: int


def sentences() -> dict[str, str]:
    """Return the sentence of each reason, by its code."""
    return {reason.value: sentence for reason, sentence in SENTENCES.items()}


def columns_in_words(
    columns: Iterable[Mapping[str, Any]],
    labels: Mapping[str, str],
    assigned: Mapping[str, str] | None = None,
) -> list[dict[str, object]]:
    """Add to each column the label of its item, the sentence of its reason, and whether an officer
    matched its heading."""
    return [
        {
            **column,
            "why": Reason(column["reason"]).sentence if column["reason"] else "",
            "label": labels.get(column["item"] or "", ""),
            "by_hand": column["heading"] in (assigned or {}),
        }
        for column in columns
    ]


def counts_in_words(counts: Iterable[tuple[str, str, int]]) -> list[ReasonCount]:
    """Add to each number of rows by outcome and reason the sentence of the reason."""
    return [
        ReasonCount(str(outcome), str(reason), _sentence(outcome, reason), number)
        for outcome, reason, number in counts
    ]


def _sentence(outcome: str, reason: str) -> str:
    """Return what a reason means for rows with this outcome."""
    if is_unlocated(outcome, reason):
        return ALLOWED_WITHOUT_LOCATING
    return Reason(reason).sentence


def is_unlocated(outcome: str, reason: str) -> bool:
    """Return whether a row is a protected pupil's that was let go without where the pupil is (P3)."""
    return (outcome, reason) == (Outcome.REDUCED, Reason.PROTECTED)
