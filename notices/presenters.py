"""Versions as lists and histories show them, without queries of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from notices.models import NoticeVersion, Report


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A published version and the one that was published before it, to compare with."""

    version: NoticeVersion
    digest: str
    previous: NoticeVersion | None


def history(versions: Iterable[NoticeVersion]) -> list[HistoryLine]:
    """The published versions (newest first, with their publications), each with its forerunner."""
    newest_first = list(versions)
    return [
        HistoryLine(version, version.publication.digest, previous)
        for version, previous in zip(newest_first, [*newest_first[1:], None], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Due:
    """How long there is left to answer a report; `colour` is that of its tag, if it has one."""

    text: str
    colour: str


def due(report: Report, today: date, *, soon: int) -> Due:
    """In words, marked when at most `soon` days are left or the day has passed."""
    left = (report.due_on - today).days
    days = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    if left < 0:
        return Due(f"{days} overdue", "red")
    return Due(f"{days} left", "orange" if left <= soon else "")
