"""Columns and reasons of a decision in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sharing.rules import SENTENCES, Reason


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
        ReasonCount(str(outcome), str(reason), Reason(reason).sentence, number)
        for outcome, reason, number in counts
    ]
