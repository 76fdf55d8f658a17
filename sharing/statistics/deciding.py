"""Statistics under an agreement: tables of counts are checked, made safe together, and logged when they go
(docs/rulebook.md, S)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings

from privacy_portal.ground.faults import BadInputError, Fault
from privacy_portal.ground.files.workbooks import Sheet
from sharing import rules
from sharing.counts_rules import Method, Profile, notes, summary
from sharing.deciding.policy import Loaded, load
from sharing.models import AgreementVersion, Contributors, Zeros
from sharing.rules import Reason
from sharing.statistics.across.earlier import About, Earlier, earlier_tables, named
from sharing.statistics.across.table_rules import NewTable
from sharing.statistics.across.together_rules import Together, make_safe_together
from sharing.statistics.grid_rules import SafeGrid, make_grid_safe
from sharing.statistics.table_warnings import group_warnings, item_warnings, total_warnings
from sharing.statistics.tables import CountsTable, read_counts

NOT_AGGREGATE = "not-aggregate"
NOT_AGGREGATE_SENTENCE = (
    "This agreement does not cover statistics, so it names no method to protect a table."
)
TOLD = "told-by-another-table"
TOO_LARGE_TOGETHER = "too-large-together"
# Where those stand who know their own counts, by what an officer says.
WHERE = {"rows": 0, "columns": 1, "nobody": None}


class ContributorsMissingError(BadInputError):
    """The agreement protects against those who know their own counts, and nobody said where they stand."""

    def __init__(self, name: str):
        message = (
            "this agreement protects numbers against schools and others who know their own. Say whether "
            "they are in the rows or the columns (on the command line: --contributors rows)."
        )
        super().__init__([Fault(message)], name=name)


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table of counts with what it is called."""

    name: str
    table: CountsTable


@dataclass(frozen=True, slots=True)
class StatisticsDecision:
    """What may leave of tables of counts that go together. `tables` and `safe` are empty where they are
    refused; `reasons` are codes with their sentences, `warnings` sentences. `earlier` are the tables
    handed over before that count as known; `more` is how many numbers are hidden for their sake.
    """

    loaded: Loaded
    purpose: str
    on: date
    reasons: list[tuple[str, str]] = field(default_factory=list)
    person_level: tuple[str, ...] = ()
    tables: tuple[NamedTable, ...] = ()
    safe: tuple[SafeGrid, ...] = ()
    warnings: list[str] = field(default_factory=list)
    about: About | None = None
    contributors: str = ""
    earlier: tuple[Earlier, ...] = ()
    more: int = 0

    @property
    def refused(self) -> bool:
        return bool(self.reasons)

    @property
    def method(self) -> str:
        """Return the profile by which they were made safe."""
        version = self.loaded.version
        return version.statistics_profile if version else ""

    @property
    def small(self) -> int:
        """Return how many numbers are hidden for being small."""
        return sum(safe.small for safe in self.safe)

    @property
    def further(self) -> int:
        """Return how many numbers are hidden so that no other can be worked out."""
        return sum(safe.further for safe in self.safe)

    def rows(self) -> list[list[list[str]]]:
        """Return each safe table with its labels; empty where refused."""
        return [
            table.table.with_labels(safe)
            for table, safe in zip(self.tables, self.safe, strict=bool(self.safe))
        ]

    def kept(self) -> list[dict[str, object]]:
        """Return what is kept of each table once it is handed over; empty where refused."""
        return [
            table.table.kept(table.name, safe)
            for table, safe in zip(self.tables, self.safe, strict=bool(self.safe))
        ]

    def csv(self) -> str:
        """Return the safe tables as the CSV that may leave, of several each under its name. Where
        figures are rounded, the lines at the end say so: a number does not show it, as `c` does."""
        out = io.StringIO()
        writer = csv.writer(out)
        several = len(self.tables) > 1
        for number, (table, rows) in enumerate(
            zip(self.tables, self.rows(), strict=bool(self.safe))
        ):
            if several:
                writer.writerows([*([[]] if number else []), [table.name]])
            writer.writerows(rows)
        if self.safe and self.method != Method.HIDE_BELOW_THRESHOLD:
            said = [[f"Note: {note}"] for note in self.notes()]
            writer.writerows([[], *said])
        return out.getvalue()

    def notes(self) -> list[str]:
        """Return what a reader of the safe tables must know about their figures."""
        return notes(Method(self.method), [line for safe in self.safe for line in safe.cells])

    def summary(self) -> str:
        """Return what was done to the tables, in one sentence. They must not be refused."""
        version = self.loaded.version
        assert version is not None
        profile = profile_of(version)
        return summary(
            profile.method, profile.threshold, self.small, self.further, least=profile.least
        )

    def document(self) -> dict[str, object]:
        """Return the decision as JSON."""
        agreement, notice = self.loaded.policy.agreement, self.loaded.policy.notice
        version = self.loaded.version
        rows = self.rows()
        several = len(self.tables) > 1
        return {
            "agreement": agreement.reference if agreement else None,
            "agreement_version": agreement.version if agreement else None,
            "recipient": agreement.recipient if agreement else None,
            "purpose": self.purpose or None,
            "on": self.on.isoformat(),
            "notice": notice.reference if notice else None,
            "outcome": "refused"
            if self.refused
            else "reduced"
            if self.small + self.further
            else "released",
            "reasons": [code for code, _ in self.reasons],
            "profile": self.method or None,
            "threshold": version.threshold if version else None,
            "zeros_hidden": version is not None and version.statistics_zeros == Zeros.HIDE,
            "contributors": self.contributors or None,
            "hidden": {"small": self.small, "further": self.further} if self.safe else None,
            "earlier": [table.document() for table in self.earlier],
            "more_hidden": self.more,
            "totals": [
                {**total, "table": table.name} if several else total
                for table in self.tables
                for total in table.table.totals()
            ],
            "person_level": list(self.person_level),
            "warnings": self.warnings,
            "table": rows[0] if len(rows) == 1 else None,
            "tables": [
                {"name": table.name, "table": lines}
                for table, lines in zip(self.tables, rows, strict=bool(rows))
            ]
            if several and rows
            else None,
        }


def check(
    sheets: Sequence[tuple[str, Sheet]],
    agreement: str,
    on: date,
    purpose: str = "",
    *,
    about: About,
    contributors: str = "",
) -> StatisticsDecision:
    """Decide on the tables of counts in sheets, each with what it is called in messages; store nothing.
    Without a purpose, the first of the agreement's that nothing stands against. Raises BadInputError
    for what is no such table."""
    decision = permission(agreement, on, purpose)
    tables: list[NamedTable] = []
    warnings: list[str] = []
    person_level: list[str] = []
    for name, sheet in sheets:
        read = read_counts(
            sheet.path, name, decision.loaded.headings, max_columns=settings.MAX_COLUMNS
        )
        if read.table is None:
            person_level += read.person_level
            continue
        tables.append(NamedTable(sheet.name or name, read.table))
        warnings += [
            *sheet.warnings,
            *item_warnings(decision.loaded, decision.purpose, read.items),
        ]
    if person_level:
        reasons = [*decision.reasons, *_sentences([Reason.FORM_MISMATCH])]
        return replace(decision, reasons=reasons, person_level=tuple(person_level), about=about)
    return protect(decision, tables, warnings, about=about, contributors=contributors)


def permission(agreement: str, on: date, purpose: str = "") -> StatisticsDecision:
    """Decide whether a table of counts may leave under the agreement, and for which purpose."""
    loaded = load(agreement, purpose, on)
    facts = loaded.policy.agreement
    if facts is None:
        return StatisticsDecision(loaded, purpose, on, _sentences([Reason.NO_AGREEMENT]))
    tried = [purpose] if purpose else sorted(facts.purposes) or [""]
    decisions = [
        StatisticsDecision(at, candidate, on, _reasons(at))
        for candidate in tried
        for at in [loaded if candidate == purpose else load(agreement, candidate, on)]
    ]
    return min(decisions, key=lambda candidate: len(candidate.reasons))


def _reasons(loaded: Loaded) -> list[tuple[str, str]]:
    reasons = [
        reason
        for reason in rules.request_reasons(loaded.policy)
        if reason is not Reason.FORM_MISMATCH
    ]
    sentences = _sentences(reasons)
    agreement = loaded.policy.agreement
    if agreement is not None and agreement.form is not rules.Form.AGGREGATE:
        sentences.append((NOT_AGGREGATE, NOT_AGGREGATE_SENTENCE))
    return sentences


def _sentences(reasons: Sequence[Reason]) -> list[tuple[str, str]]:
    return [(reason.value, reason.sentence) for reason in reasons]


def profile_of(version: AgreementVersion, contributors: str = "") -> Profile:
    """Return by what an agreement makes tables safe (S0), with those who know their own counts where
    they stand, if it protects against them."""
    protects = version.statistics_contributors == Contributors.PROTECT
    return Profile(
        Method(version.statistics_profile),
        version.threshold,
        0 if version.statistics_zeros == Zeros.HIDE else 1,
        WHERE[contributors or "nobody"] if protects else None,
    )


def protect(
    decision: StatisticsDecision,
    tables: Sequence[NamedTable],
    warnings: Sequence[str] = (),
    *,
    about: About,
    contributors: str = "",
) -> StatisticsDecision:
    """S4 Return the decision with the tables made safe by the agreement's method, together with one
    another and with what was handed over before, unless refused; 1 query.

    Raises ContributorsMissingError where it must be known where those stand who know their own counts.
    """
    version = decision.loaded.version
    decision = replace(decision, tables=tuple(tables), about=about, contributors=contributors)
    if decision.refused or version is None:
        return decision
    if version.statistics_contributors == Contributors.PROTECT and not contributors:
        raise ContributorsMissingError(tables[0].name)
    profile = profile_of(version, contributors)
    new = [NewTable(table.table.rows, table.table.columns, table.table.grid) for table in tables]
    before = earlier_tables(about)
    together = make_safe_together(new, [earlier.table for earlier in before], profile)
    earlier = tuple(before[number] for number in together.because)
    if not together.safe:
        told = [before[number] for number in together.blocked] or earlier
        reason = _told(together, tables, told, earlier)
        return replace(decision, reasons=[*decision.reasons, reason], earlier=earlier)
    alone = sum(make_grid_safe(table.grid, profile).further for table in new) if earlier else 0
    all_warnings = list(warnings)
    for table, safe in zip(tables, together.safe, strict=True):
        all_warnings += [*total_warnings(table.table), *group_warnings(table.table, safe)]
    decision = replace(decision, safe=together.safe, warnings=all_warnings, earlier=earlier)
    return replace(decision, more=max(0, decision.further - alone) if earlier else 0)


def _told(
    together: Together,
    tables: Sequence[NamedTable],
    told: Sequence[Earlier],
    earlier: Sequence[Earlier],
) -> tuple[str, str]:
    """Return why tables cannot be made safe: a code, and a sentence that names the others."""
    if together.too_large:
        return TOO_LARGE_TOGETHER, (
            f"There are too many numbers to protect together with {named(earlier)}. Split the table."
            if earlier
            else "There are too many numbers to protect together. Split the tables."
        )
    places = [
        f"{tables[number].table.rows[row]}, {tables[number].table.columns[column]}"
        for number, row, column in together.places
        if row < len(tables[number].table.rows) and column < len(tables[number].table.columns)
    ]
    which = f" ({'; '.join(places[:5])})" if places else ""
    return TOLD, (
        f"Together with {named(told)}, a hidden number could be worked out{which}. Leave out the rows, "
        "columns or totals that both tables have."
    )
