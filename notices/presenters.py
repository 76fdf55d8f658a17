"""Versions as lists and histories show them, without queries of their own."""

from collections.abc import Iterable
from dataclasses import dataclass

from notices.models import NoticeVersion


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A published version and the one that was published before it, to compare with."""

    version: NoticeVersion
    digest: str
    previous: NoticeVersion | None


def history(versions: Iterable[NoticeVersion]) -> list[HistoryLine]:
    """The published versions (newest first, with their publications), each with its forerunner."""
    listed = list(versions)
    return [
        HistoryLine(version, version.publication.digest, previous)
        for version, previous in zip(listed, [*listed[1:], None], strict=True)
    ]
