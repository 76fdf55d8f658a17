"""Disclosures in words, without queries."""

from collections.abc import Iterable, Mapping

from privacy_portal.ground.days import LONDON
from sharing.disclosures import sample_rules, sentences
from sharing.disclosures.columns import columns_in_words, counts_in_words
from sharing.models import Disclosure
from sharing.review.desk.totals import rows_in
from sharing.rules import Outcome, Reason


def disclosure_in_words(
    disclosure: Disclosure,
    counts: Iterable[tuple[Outcome, Reason, int]],
    labels: Mapping[str, str],
    *,
    people: tuple[int, int],
    notices: Mapping[str, str],
) -> dict[str, object]:
    """Return what the page of a disclosure says. `people` are the numbers of those on the roll that it
    is about and of others; `notices` the titles of notices by their slugs."""
    by_hand = disclosure.origin == Disclosure.Origin.AFTER_THE_FACT
    about = sentences.about_whom(*people) if by_hand else ""
    return {
        "heading": _heading(disclosure),
        "was_sent": disclosure.outcome != Outcome.REFUSED or disclosure.out_of_line,
        "sentence": sentences.of_disclosure(disclosure, labels, about),
        "people": about,
        "reasons": sentences.reasons_of(disclosure),
        "columns": columns_in_words(disclosure.columns, labels),
        "counts": counts_in_words(counts),
        "no_date": sentences.to_destroy(disclosure),
        "notice": sentences.notice_in_words(disclosure.notice, notices),
    }


def _heading(disclosure: Disclosure) -> str:
    """Return `Log entry 12: shared with Connexions`, by what became of it."""
    if disclosure.direction == Disclosure.Direction.RECEIVED:
        verb = "received from"
    elif hasattr(disclosure, "undone"):
        verb = "not sent to"
    elif disclosure.outcome == Outcome.REFUSED and not disclosure.out_of_line:
        verb = "refused to"
    else:
        verb = "shared with"
    return f"Log entry {disclosure.entry}: {verb} {sentences.organisation(disclosure)}"


def disclosure_line(disclosure: Disclosure, labels: Mapping[str, str]) -> str:
    """Return an entry in one sentence, with its reasons."""
    sentence = sentences.of_disclosure(disclosure, labels)
    return " ".join([sentence, *sentences.reasons_of(disclosure)])


def sample_in_words(disclosure: Disclosure) -> str:
    """Return why a disclosure is in the sample: `special category; despite an opt-out`; empty where it is
    not."""
    if not hasattr(disclosure, "sampled"):
        return ""
    return sample_rules.in_words(disclosure.sampled.reasons, disclosure.one_in)


def warnings_of(disclosure: Disclosure) -> list[tuple[str, str]]:
    """Return what who signs off has to know of a disclosure that `signing_off.with_warnings` loaded, each in
    words and with the colour of its tag: `[("Open recall", "red")]`."""

    def known(name: str) -> bool:
        return bool(getattr(disclosure, name))

    told = []
    if known("has_recall"):
        open_recall = known("has_open_recall")
        told.append(("Open recall", "red") if open_recall else ("Recall, closed", "grey"))
    if hasattr(disclosure, "incident"):
        open_incident = known("has_open_incident")
        told.append(("Open incident", "red") if open_incident else ("Incident, closed", "grey"))
    if known("challenged"):
        told.append(("Challenged by a second officer", "red"))
    if known("has_question"):
        open_question = known("has_open_question")
        told.append(
            ("Open question", "yellow") if open_question else ("Question, answered", "grey")
        )
    return told


def was_sent(disclosure: Disclosure) -> bool:
    """Return whether information left the council, whether or not the rules allowed it."""
    if disclosure.direction == Disclosure.Direction.RECEIVED or hasattr(disclosure, "undone"):
        return False
    return disclosure.out_of_line or disclosure.outcome != Outcome.REFUSED


def disclosure_cells(disclosure: Disclosure, labels: Mapping[str, str]) -> list[object]:
    """Return an entry as a row of a file, under the headings of `desk.exporting`."""
    sign_off = getattr(disclosure, "sign_off", None)
    items = disclosure.item_sets[0] if disclosure.item_sets else []
    rows = rows_in(disclosure)
    return [
        disclosure.entry,
        disclosure.at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M"),
        disclosure.on,
        disclosure.organisation,
        disclosure.purpose.label if disclosure.purpose else "",
        disclosure.agreement_reference,
        disclosure.agreement_version.number if disclosure.agreement_version else "",
        disclosure.notice,
        disclosure.outcome,
        " ".join(disclosure.reasons),
        *((rows.total, rows.released, rows.reduced, rows.withheld) if rows else [""] * 4),
        "; ".join(labels.get(code, code) for code in items),
        disclosure.by.name,
        disclosure.approved_by.name if disclosure.approved_by else "",
        disclosure.request_reference,
        disclosure.requested_on or "",
        disclosure.get_means_display(),
        disclosure.get_direction_display(),
        disclosure.destroy_by or (sentences.to_destroy(disclosure) if was_sent(disclosure) else ""),
        sign_off.by.name if sign_off else "",
        sign_off.at.astimezone(LONDON).strftime("%Y-%m-%d") if sign_off else "",
        "yes" if was_sent(disclosure) else "no",
        sample_in_words(disclosure),
        "yes" if getattr(disclosure, "has_open_question") else "no",  # noqa: B009
        disclosure_line(disclosure, labels),
    ]
