"""Columns of a decision in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from sharing.rules import SENTENCES, Reason


def sentences() -> dict[str, str]:
    """What each reason means, by its code."""
    return {reason.value: sentence for reason, sentence in SENTENCES.items()}


def _columns(
    columns: Iterable[Mapping[str, Any]],
    labels: Mapping[str, str],
    assigned: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    return [
        {
            **column,
            "why": Reason(column["reason"]).sentence if column["reason"] else "",
            "label": labels.get(column["item"] or "", ""),
            "by_hand": column["heading"] in (assigned or {}),
        }
        for column in columns
    ]
