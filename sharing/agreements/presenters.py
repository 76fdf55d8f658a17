"""Agreements in words and bars, without queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import allowed
from sharing.agreements import signing as agreeing
from sharing.agreements.queries import Reviewed, Version
from sharing.agreements.rules import ONE_DAY, Missing, Span, Standing, Warn, Warned
from sharing.agreements.terms import Words

WIDTH = 1_000
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.DRAFT: ("Draft", "govuk-tag--grey"),
    Standing.COMPLETE: ("Ready to sign", "govuk-tag--light-blue"),
    Standing.SIGNED: ("Not started", "govuk-tag--blue"),
    Standing.IN_FORCE: ("In force", "govuk-tag--green"),
    Standing.SUSPENDED: ("Suspended", "govuk-tag--orange"),
    Standing.REPLACED: ("Replaced", "govuk-tag--grey"),
    Standing.EXPIRED: ("Ended", "govuk-tag--grey"),
    Standing.TERMINATED: ("Terminated", "govuk-tag--red"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar: `x` and `width` in thousandths of the whole."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """When an agreement was in force, between the first and last year shown; `today` in thousandths,
    None where the day lies outside. `text` says the same in words."""

    blocks: Sequence[Block]
    today: int | None
    years: tuple[int, int]
    text: str


def bar(spans: Sequence[Span], today: date, *, frame: tuple[date, date] | None = None) -> Bar:
    """The bar of spans, in a frame of whole years: that of all spans and today, or the given one."""
    first, last = frame or frame_of(spans, today)
    whole = (last - first).days + 1

    def place(on: date) -> int:
        return round(WIDTH * (min(max(on, first), last) - first).days / whole)

    blocks = [
        Block(
            place(span.first),
            max(4, place(span.last) - place(span.first)),
            "suspended" if span.suspended else "ahead" if span.first > today else "in-force",
        )
        for span in spans
        if span.last >= first and span.first <= last
    ]
    now = place(today) if first <= today <= last else None
    return Bar(blocks, now, (first.year, last.year), spans_in_words(spans))


def frame_of(spans: Iterable[Span], today: date) -> tuple[date, date]:
    """Whole years around all spans and today."""
    days = [day for span in spans for day in (span.first, span.last)] + [today]
    return date(min(days).year, 1, 1), date(max(days).year, 12, 31)


def spans_in_words(spans: Iterable[Span]) -> str:
    """`In force from 1 May 2024 to 30 April 2026; suspended from …`"""
    parts = [
        f"{'suspended' if each.suspended else 'in force'} "
        f"from {in_words(each.first)} to {in_words(each.last)}"
        for each in spans
    ]
    text = "; ".join(parts) or "never in force"
    return text[:1].upper() + text[1:]


def spans_of(agreement: Reviewed) -> list[Span]:
    """The spans of all signed versions in order: where versions overlap the higher one answers."""
    found: list[Span] = []
    for version in agreement.versions:  # newest first
        for span in version.spans:
            found += _outside(span, found)
    return sorted(found, key=lambda each: each.first)


def _outside(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What of a span no other one takes."""
    left = [span]
    for other in taken:
        cut = []
        for each in left:
            if other.last < each.first or each.last < other.first:
                cut.append(each)
                continue
            if each.first < other.first:
                cut.append(Span(each.first, other.first - ONE_DAY, each.suspended))
            if other.last < each.last:
                cut.append(Span(other.last + ONE_DAY, each.last, each.suspended))
        left = cut
    return left


def warning_lines(warned: Iterable[Warned], words: Words) -> list[dict[str, str]]:
    """Each warning with what it is about, in words."""
    lines = []
    for each in warned:
        known: Mapping[str, str] = {}
        if each.kind in (Warn.ITEM_NOT_IN_NOTICE, Warn.ITEM_UNUSED):
            known = words.items
        elif each.kind is Warn.PURPOSE_NOT_IN_NOTICE:
            known = words.purposes
        about = "; ".join(known.get(code, code) for code in each.about)
        lines.append({"kind": each.kind.value, "sentence": each.sentence, "about": about})
    return lines


def gaps_by_section(missing: Iterable[Missing]) -> dict[str, list[Missing]]:
    """What is missing, by the section in which it is written."""
    found: dict[str, list[Missing]] = {}
    for each in missing:
        found.setdefault(each.section.value, []).append(each)
    return found


def verbs_for(version: Version, today: date) -> dict[str, bool]:
    """What can be done with a version now: what the page offers."""
    row = version.row
    return {
        "edit": row.signed_on is None,
        "sign": version.standing is Standing.COMPLETE,
        "suspend": allowed(agreeing.check_can_suspend, row, today),
        "lift": allowed(agreeing.check_can_lift, row, today),
        "terminate": allowed(agreeing.check_can_terminate, row, today),
    }
