"""Agreements in words and bars, without queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import allowed
from privacy_portal.ground.ui.environment import lower_first
from sharing.agreements import signing
from sharing.agreements.queries import AgreementReview, Version
from sharing.agreements.rules import ONE_DAY, AgreementWarning, Missing, Span, Standing, Warn
from sharing.agreements.terms import Words
from sharing.assurances.queries import AssuranceReview

WIDTH = 1_000
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.DRAFT: ("Draft", "grey"),
    Standing.COMPLETE: ("Ready to sign", "light-blue"),
    Standing.SIGNED: ("Signed, not started", "blue"),
    Standing.IN_FORCE: ("In force", "green"),
    Standing.SUSPENDED: ("Suspended", "orange"),
    Standing.REPLACED: ("Replaced", "grey"),
    Standing.EXPIRED: ("Ended", "grey"),
    Standing.TERMINATED: ("Terminated", "red"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a bar: `x` and `width` in thousandths of the whole."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """When an agreement was in force, between two `years`; `today` in thousandths, None if it lies
    outside. `text` says it in words."""

    blocks: Sequence[Block]
    today: int | None
    years: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement in the list, with its bar."""

    agreement: AgreementReview
    bar: Bar


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list of an agreement, with its bar and the number of the version before."""

    version: Version
    bar: Bar
    earlier: int | None


def summary_of(agreement: AgreementReview) -> str:
    """Return in a sentence which version applies today, or is the newest, and how it stands."""
    version = agreement.current
    number = version.row.number
    return {
        Standing.DRAFT: f"Version {number} is a draft.",
        Standing.COMPLETE: f"Version {number} is a draft.",
        Standing.SIGNED: f"Version {number} is signed and has not started.",
        Standing.IN_FORCE: f"Version {number} is in force today.",
        Standing.SUSPENDED: f"Version {number} is suspended.",
        Standing.REPLACED: f"Version {number} is replaced.",
        Standing.EXPIRED: f"Version {number} has ended.",
        Standing.TERMINATED: f"Version {number} is terminated.",
    }[version.standing]


def bar(
    spans: Sequence[Span],
    today: date,
    *,
    frame: tuple[date, date] | None = None,
    one_day: date | None = None,
) -> Bar:
    """Return the bar of spans, in a frame of whole years; by default around all spans and today.

    Without spans, `one_day` is the day that was the first and, as it was terminated then, the last.
    """
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
    text = terminated_at_once(one_day) if one_day and not spans else spans_in_words(spans)
    return Bar(blocks, now, (first.year, last.year), text)


def frame_of(spans: Iterable[Span], today: date) -> tuple[date, date]:
    """Return the whole years around all spans and today, as their first and last days."""
    days = [day for span in spans for day in (span.first, span.last)] + [today]
    return date(min(days).year, 1, 1), date(max(days).year, 12, 31)


def terminated_at_once(on: date) -> str:
    """Return in words that a version was terminated from its first day."""
    return (
        f"In force for part of {in_words(on)} at most: it was terminated from that day, its first. "
        "Something may have been shared before"
    )


def spans_in_words(spans: Iterable[Span]) -> str:
    """Return spans in words: `In force from 1 May 2024 to 30 April 2026; suspended from …`"""
    parts = [
        f"{'suspended' if span.suspended else 'in force'} "
        f"from {in_words(span.first)} to {in_words(span.last)}"
        for span in spans
    ]
    text = "; ".join(parts) or "never in force"
    return text[:1].upper() + text[1:]


def spans_of(agreement: AgreementReview) -> list[Span]:
    """Return the spans of all signed versions in order; where versions overlap, the higher applies."""
    spans: list[Span] = []
    for version in agreement.versions:  # newest first
        for span in version.spans:
            spans += _outside(span, spans)
    return sorted(spans, key=lambda span: span.first)


def _outside(span: Span, taken: Sequence[Span]) -> list[Span]:
    """Return the parts of a span that no other span takes."""
    parts = [span]
    for other in taken:
        remaining = []
        for part in parts:
            if other.last < part.first or part.last < other.first:
                remaining.append(part)
                continue
            if part.first < other.first:
                remaining.append(Span(part.first, other.first - ONE_DAY, part.suspended))
            if other.last < part.last:
                remaining.append(Span(other.last + ONE_DAY, part.last, part.suspended))
        parts = remaining
    return parts


def warning_lines(warnings: Iterable[AgreementWarning], words: Words) -> list[dict[str, str]]:
    """Return each warning in words: its sentence and what it is about."""
    lines = []
    for warning in warnings:
        labels: Mapping[str, str] = {}
        if warning.kind in (Warn.ITEM_NOT_IN_NOTICE, Warn.ITEM_UNUSED):
            labels = words.items
        elif warning.kind is Warn.PURPOSE_NOT_IN_NOTICE:
            labels = words.purposes
        about = "; ".join(labels.get(code, code) for code in warning.about)
        if warning.kind is Warn.TELLING_TOGETHER:
            flows = (code.split(" ", 1) for code in warning.about)
            about = "; ".join(
                f"{reference} ({lower_first(words.purposes.get(purpose, purpose))})"
                for purpose, reference in flows
            )
        lines.append({"kind": warning.kind.value, "sentence": warning.sentence, "about": about})
    return lines


def gaps_by_section(missing: Iterable[Missing]) -> dict[str, list[Missing]]:
    """Return what is missing, by the code of the section that it belongs in."""
    gaps: dict[str, list[Missing]] = {}
    for gap in missing:
        gaps.setdefault(gap.section.value, []).append(gap)
    return gaps


def verbs_for(version: Version, today: date, assurance: AssuranceReview | None) -> dict[str, bool]:
    """Return which actions a version allows today, by their names; `assurance` is that of the
    organisation of a draft."""
    row = version.row
    stopped = assurance is not None and assurance.stops_signing
    return {
        "edit": row.signed_on is None,
        "sign": version.standing is Standing.COMPLETE and not stopped,
        "suspend": allowed(signing.check_can_suspend, row, today),
        "lift": allowed(signing.check_can_lift, row, today),
        "terminate": allowed(signing.check_can_terminate, row, today),
    }
