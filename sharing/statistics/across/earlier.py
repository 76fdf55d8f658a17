"""Tables of counts that were handed over before, to anybody: what everybody may know by now (S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from privacy_portal.ground import days
from privacy_portal.ground.names import folded_heading
from sharing.counts_rules import Method, Profile
from sharing.models import CountsRelease
from sharing.statistics.across.table_rules import GivenTable
from sharing.statistics.tables import sums_from_document

# For so long the people in a group are mostly the same.
NEAR = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class About:
    """What tables count, on which day and of whom, as the officer said; empty for what was not said."""

    counted_on: date
    counted: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A table that was handed over before, with its log entry."""

    entry: int
    counted_on: date
    name: str
    table: GivenTable

    @property
    def words(self) -> str:
        """Return which table it is."""
        return (
            f"the table “{self.name}” of {days.in_words(self.counted_on)} (log entry {self.entry})"
        )

    def document(self) -> dict[str, object]:
        """Return which table it is as JSON."""
        return {"entry": self.entry, "counted_on": self.counted_on.isoformat(), "name": self.name}


def earlier_tables(about: About) -> list[Earlier]:
    """Load the tables handed over that are of a day near enough, oldest first; 1 query."""
    releases = CountsRelease.objects.filter(
        state=CountsRelease.State.HANDED_OVER,
        counted_on__range=(about.counted_on - NEAR, about.counted_on + NEAR),
    ).select_related("disclosure")
    return [
        earlier
        for release in releases.order_by("disclosure__entry")
        for earlier in _tables_of(release, about)
    ]


def _tables_of(release: CountsRelease, about: About) -> list[Earlier]:
    profile = Profile(
        Method(release.decision["profile"]),
        release.decision["threshold"],
        0 if release.decision.get("zeros_hidden") else 1,
    )
    counted = _alike(release.counted, about.counted)
    group = _alike(release.counted_group, about.group)
    unsaid = None in (counted, group)
    same = release.counted_on == about.counted_on and counted is not False and group is not False
    assert release.disclosure is not None
    assert release.counted_on is not None
    return [
        Earlier(
            release.disclosure.entry,
            release.counted_on,
            table["name"],
            GivenTable(
                tuple(line[0] for line in table["rows"][1:]),
                tuple(table["rows"][0][1:]),
                tuple(tuple(line[1:]) for line in table["rows"][1:]),
                sums_from_document(table["row_sums"]),
                sums_from_document(table["column_sums"]),
                profile,
                same=same,
                near=counted is not False,
                unsaid=unsaid,
            ),
        )
        for table in release.safe
    ]


def _alike(one: str, other: str) -> bool | None:
    """Return whether two names are the same; None where either is empty."""
    if not one.strip() or not other.strip():
        return None
    return folded_heading(one) == folded_heading(other)


def named(earlier: Sequence[Earlier]) -> str:
    """Return which tables these are, in words."""
    words = [table.words for table in earlier]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
