"""Disclosures in words, without queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from privacy_portal.ground.days import LONDON
from sharing.disclosures.columns import _columns
from sharing.disclosures.sentences import (
    about_whom,
    notice_in_words,
    of_disclosure,
    of_reason,
    to_destroy,
)
from sharing.models import Disclosure
from sharing.rules import Outcome, Reason


def disclosure(
    shown: Disclosure,
    counts: Iterable[tuple[Outcome, Reason, int]],
    labels: Mapping[str, str],
    *,
    people: tuple[int, int],
    notices: Mapping[str, str],
) -> dict[str, Any]:
    """What the page of a disclosure shows; `people` are how many on the roll it is about, and how
    many others; `notices` the titles of notices by their slugs."""
    given = shown.origin == Disclosure.Origin.AFTER_THE_FACT
    about = about_whom(*people) if given else ""
    return {
        "sentence": of_disclosure(shown, labels, about),
        "people": about,
        "reasons": [(code, of_reason(code, shown.agreement_reference)) for code in shown.reasons],
        "columns": _columns(shown.columns, labels),
        "counts": [(str(out), str(why), why.sentence, count) for out, why, count in counts],
        "no_date": to_destroy(shown),
        "notice": notice_in_words(shown.notice, notices),
    }


def disclosure_line(shown: Disclosure, labels: Mapping[str, str]) -> str:
    """An entry in one sentence, with its why."""
    sentence = of_disclosure(shown, labels)
    if hasattr(shown, "undone"):
        return sentence
    why = (of_reason(code, shown.agreement_reference) for code in shown.reasons)
    return " ".join([sentence, *why])


def left(shown: Disclosure) -> bool:
    """Whether information left the council, whatever the rules say of it."""
    if shown.direction == Disclosure.Direction.RECEIVED or hasattr(shown, "undone"):
        return False
    return shown.out_of_line or shown.outcome != Outcome.REFUSED


def disclosure_cells(shown: Disclosure, labels: Mapping[str, str]) -> list[object]:
    """An entry as a row of the CSV; its headings stand with the view."""
    sign_off = getattr(shown, "sign_off", None)
    items = shown.item_sets[0] if shown.item_sets else []
    # What was given and recorded afterwards went whole, whatever the rules say of it.
    given = shown.origin == Disclosure.Origin.AFTER_THE_FACT
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
                shown.rows_total if given else shown.rows_released,
                0 if given else shown.rows_reduced,
                0 if given else shown.rows_withheld,
            )
        ),
        "; ".join(labels.get(code, code) for code in items),
        shown.by.name,
        shown.approved_by.name if shown.approved_by else "",
        shown.request_reference,
        shown.requested_on or "",
        shown.get_means_display(),
        shown.get_direction_display(),
        shown.destroy_by or (to_destroy(shown) if left(shown) else ""),
        sign_off.by.name if sign_off else "",
        sign_off.at.astimezone(LONDON).strftime("%Y-%m-%d") if sign_off else "",
        "yes" if left(shown) else "no",
        disclosure_line(shown, labels),
    ]
