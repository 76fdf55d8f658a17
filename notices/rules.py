"""Rules about notices (rulebook N), as pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Version:
    """What rule N2 needs of a version; `published` is false for drafts and withdrawn ones."""

    number: int
    published: bool
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A version in force: the items it lists for each recipient and purpose, all by code."""

    slug: str
    number: int
    listed: Mapping[tuple[str, str], frozenset[str]]

    @property
    def reference(self) -> str:
        """`slug/number`, as decisions and the log name it."""
        return f"{self.slug}/{self.number}"

    def names(self, recipient: str, purpose: str) -> bool:
        """Whether it names this recipient with this purpose."""
        return (recipient, purpose) in self.listed

    def items(self, recipient: str, purpose: str) -> frozenset[str]:
        """The items it lists for this recipient and purpose; empty if it does not name them."""
        return self.listed.get((recipient, purpose), frozenset())


def in_force(versions: Iterable[Version], on: date) -> Version | None:
    """N2 The published version with the latest day of effect on or before the day; on a tie the
    higher number."""
    reached = [
        (version.effective_from, version.number, version)
        for version in versions
        if version.published and version.effective_from is not None and version.effective_from <= on
    ]
    return max(reached, key=lambda each: each[:2])[2] if reached else None
