"""Decisions and disclosures in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from sharing.models import Disclosure, Finding, Release
from sharing.rules import SENTENCES, Outcome, Reason


def sentences() -> dict[str, str]:
    """What each reason means, by its code."""
    return {reason.value: sentence for reason, sentence in SENTENCES.items()}


def in_one_sentence(outcome: str, rows: Mapping[str, int] | None) -> str:
    """What becomes of the file: `412 of 600 pupils go whole; 18 …; 170 stay.`"""
    if outcome == Outcome.REFUSED:
        return "Nothing in this file may leave."
    assert rows is not None
    parts = [f"{rows['released']:,} of {rows['total']:,} rows go whole"]
    if rows["reduced"]:
        parts.append(f"{rows['reduced']:,} are cut to the basic items")
    if rows["withheld"]:
        parts.append(f"{rows['withheld']:,} stay")
    return "; ".join(parts) + "."


def _columns(columns: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**column, "why": Reason(column["reason"]).sentence if column["reason"] else ""}
        for column in columns
    ]


def release(shown: Release, purposes: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a release shows besides its rows."""
    decision = shown.decision
    return {
        "purpose": purposes.get(shown.purpose, shown.purpose),
        "sentence": in_one_sentence(decision["outcome"], decision["rows"]),
        "reasons": [(code, Reason(code).sentence) for code in decision["reasons"]],
        "columns": _columns(decision["columns"]),
        "counts": [
            (outcome, reason, Reason(reason).sentence, count)
            for outcome, reason, count in decision["reason_counts"]
        ],
        "emptied": decision["emptied"],
    }


def decision_document(shown: Release, findings: Iterable[Finding]) -> dict[str, Any]:
    """The contract's JSON of the decision that a release was checked with."""
    decision = dict(shown.decision)
    emptied = decision.pop("emptied")
    del decision["reason_counts"]
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


def disclosure(shown: Disclosure, counts: Iterable[tuple[Outcome, Reason, int]]) -> dict[str, Any]:
    """What the page of a disclosure shows."""
    rows = None
    if shown.rows_total is not None:
        rows = {
            "total": shown.rows_total,
            "released": shown.rows_released or 0,
            "reduced": shown.rows_reduced or 0,
            "withheld": shown.rows_withheld or 0,
        }
    return {
        "sentence": in_one_sentence(shown.outcome, rows),
        "reasons": [(code, Reason(code).sentence) for code in shown.reasons],
        "columns": _columns(shown.columns),
        "counts": [(str(out), str(why), why.sentence, count) for out, why, count in counts],
    }
