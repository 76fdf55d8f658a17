"""Decisions and disclosures in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from privacy_portal.days import LONDON
from sharing.models import Disclosure, Finding, Release
from sharing.rules import SENTENCES, Outcome, Reason


def sentences() -> dict[str, str]:
    """What each reason means, by its code."""
    return {reason.value: sentence for reason, sentence in SENTENCES.items()}


def in_one_sentence(outcome: str, rows: Mapping[str, int] | None) -> str:
    """What becomes of the file: `412 of 600 pupils will go; 18 cut to basic items; 170 left out.`"""
    if outcome == Outcome.REFUSED:
        return "Nothing in this file may leave."
    if rows is None:
        return "Counts, or what has no rows here, went."
    parts = [f"{rows['released']:,} of {rows['total']:,} pupils will go"]
    if rows["reduced"]:
        parts.append(f"{rows['reduced']:,} cut to basic items")
    if rows["withheld"]:
        parts.append(f"{rows['withheld']:,} left out")
    return "; ".join(parts) + "."


def what_happened(outcome: str, rows: Mapping[str, int] | None) -> str:
    """The same of what has gone: `412 of 600 pupils went; …`"""
    return in_one_sentence(outcome, rows).replace("will go", "went").replace("may leave", "left")


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


def release(
    shown: Release, purposes: Mapping[str, str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """What the page of a release shows besides its rows."""
    decision = shown.decision
    return {
        "purpose": purposes.get(shown.purpose, shown.purpose),
        "sentence": in_one_sentence(decision["outcome"], decision["rows"]),
        "reasons": [(code, Reason(code).sentence) for code in decision["reasons"]],
        "columns": _columns(decision["columns"], labels, shown.assigned),
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


def _rows_of(shown: Disclosure) -> dict[str, int] | None:
    if shown.rows_total is None:
        return None
    return {
        "total": shown.rows_total,
        "released": shown.rows_released or 0,
        "reduced": shown.rows_reduced or 0,
        "withheld": shown.rows_withheld or 0,
    }


def disclosure(
    shown: Disclosure,
    counts: Iterable[tuple[Outcome, Reason, int]],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """What the page of a disclosure shows."""
    return {
        "sentence": what_happened(shown.outcome, _rows_of(shown)),
        "reasons": [(code, Reason(code).sentence) for code in shown.reasons],
        "columns": _columns(shown.columns, labels),
        "counts": [(str(out), str(why), why.sentence, count) for out, why, count in counts],
    }


def disclosure_line(shown: Disclosure) -> str:
    """An entry in one sentence, with its why."""
    sentence = what_happened(shown.outcome, _rows_of(shown))
    if hasattr(shown, "undone"):
        return f"Nothing left after all. {shown.undone.why}"
    return " ".join([sentence, *(Reason(code).sentence for code in shown.reasons)])


def disclosure_cells(shown: Disclosure, labels: Mapping[str, str]) -> list[Any]:
    """An entry as a row of the CSV; its headings stand with the view."""
    sign_off = getattr(shown, "sign_off", None)
    items = shown.item_sets[0] if shown.item_sets else []
    return [
        shown.entry,
        shown.at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M"),
        shown.recipient.name if shown.recipient else "",
        shown.purpose.label if shown.purpose else "",
        shown.agreement_reference,
        shown.agreement_version.number if shown.agreement_version else "",
        shown.notice,
        shown.outcome,
        " ".join(shown.reasons),
        *(
            "" if count is None else count
            for count in (
                shown.rows_total,
                shown.rows_released,
                shown.rows_reduced,
                shown.rows_withheld,
            )
        ),
        "; ".join(labels.get(code, code) for code in items),
        shown.by.name,
        shown.approved_by.name if shown.approved_by else "",
        shown.request_reference,
        shown.requested_on or "",
        shown.get_means_display(),
        shown.get_direction_display(),
        shown.destroy_by or "",
        sign_off.by.name if sign_off else "",
        sign_off.at.astimezone(LONDON).strftime("%Y-%m-%d") if sign_off else "",
        "no" if shown.outcome == Outcome.REFUSED or hasattr(shown, "undone") else "yes",
    ]
