"""Present versions in lists and histories, and due dates of reports; no queries."""

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
    """Pair each published version (newest first, with its publication) with the one before it."""
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
    """Return the days left in words, marked when at most `soon` are left or the date has passed."""
    left = (report.due_on - today).days
    days = f"{abs(left)} day{'' if abs(left) == 1 else 's'}"
    if left < 0:
        return Due(f"{days} overdue", "red")
    return Due(f"{days} left", "orange" if left <= soon else "")
