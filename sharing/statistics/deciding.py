"""Statistics under an agreement: a table of counts is checked, made safe, and logged when it goes
(docs/rulebook.md, S)."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings

from privacy_portal.ground.files.workbooks import Sheet
from sharing import rules
from sharing.counts_rules import Method, Profile, notes, summary
from sharing.deciding.policy import Loaded, load
from sharing.models import AgreementVersion
from sharing.rules import Reason
from sharing.statistics.grid_rules import SafeGrid, make_grid_safe
from sharing.statistics.tables import CountsTable, read_counts

NOT_AGGREGATE = "not-aggregate"
NOT_AGGREGATE_SENTENCE = (
    "This agreement does not cover statistics, so it names no method to protect a table."
)


@dataclass(frozen=True, slots=True)
class StatisticsDecision:
    """What may leave of a table of counts. `table` and `safe` are None where it is refused;
    `reasons` are codes with their sentences, `warnings` sentences."""

    loaded: Loaded
    purpose: str
    on: date
    reasons: list[tuple[str, str]] = field(default_factory=list)
    person_level: tuple[str, ...] = ()
    table: CountsTable | None = None
    safe: SafeGrid | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return bool(self.reasons)

    @property
    def method(self) -> str:
        """Return the profile by which it was made safe."""
        version = self.loaded.version
        return version.statistics_profile if version else ""

    def rows(self) -> list[list[str]]:
        """Return the safe table with its labels; empty where refused."""
        if self.table is None or self.safe is None:
            return []
        return self.table.with_labels(self.safe)

    def csv(self) -> str:
        """Return the safe table as the CSV that may leave. Where figures are rounded, the lines under
        the table say so: a number does not show it, as `c` does."""
        out = io.StringIO()
        rows = self.rows()
        csv.writer(out).writerows(rows)
        if self.safe is not None and self.method != Method.HIDE_BELOW_THRESHOLD:
            said = [[f"Note: {note}"] for note in notes(Method(self.method), self.safe.cells)]
            csv.writer(out).writerows([[], *said])
        return out.getvalue()

    def summary(self) -> str:
        """Return what was done to the table, in one sentence. The table must not be refused."""
        version = self.loaded.version
        assert self.safe is not None
        assert version is not None
        method = Method(self.method)
        return summary(method, version.threshold, self.safe.small, self.safe.further)

    def document(self) -> dict[str, object]:
        """Return the decision as JSON."""
        agreement, notice = self.loaded.policy.agreement, self.loaded.policy.notice
        version = self.loaded.version
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
            if self.safe and self.safe.small + self.safe.further
            else "released",
            "reasons": [code for code, _ in self.reasons],
            "profile": self.method or None,
            "threshold": version.threshold if version else None,
            "hidden": None
            if self.safe is None
            else {"small": self.safe.small, "further": self.safe.further},
            "totals": [] if self.table is None else self.table.totals(),
            "person_level": list(self.person_level),
            "warnings": self.warnings,
            "table": self.rows() or None,
        }


def check(
    sheet: Sheet, name: str, agreement: str, on: date, purpose: str = ""
) -> StatisticsDecision:
    """Decide on the table of counts in a sheet, called `name` in messages; store nothing. Without a
    purpose, the first of the agreement's that nothing stands against. Raises BadInputError for
    what is no such table."""
    decision = permission(agreement, on, purpose)
    read = read_counts(sheet.path, name, decision.loaded.headings, max_columns=settings.MAX_COLUMNS)
    if read.table is None:
        reasons = [*decision.reasons, *_sentences([Reason.FORM_MISMATCH])]
        return replace(decision, reasons=reasons, person_level=read.person_level)
    warnings = [*sheet.warnings, *_item_warnings(decision.loaded, decision.purpose, read.items)]
    return protect(decision, read.table, warnings)


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


def protect(
    decision: StatisticsDecision, table: CountsTable, warnings: Sequence[str] = ()
) -> StatisticsDecision:
    """Return the decision with the table made safe by the agreement's method, unless refused."""
    version = decision.loaded.version
    if decision.refused or version is None:
        return replace(decision, table=table)
    safe = make_grid_safe(table.grid, profile_of(version))
    warnings = [*warnings, *_total_warnings(table), *_group_warnings(table, safe)]
    return replace(decision, table=table, safe=safe, warnings=warnings)


def profile_of(version: AgreementVersion) -> Profile:
    """Return by what an agreement makes tables safe (S0)."""
    return Profile(Method(version.statistics_profile), version.threshold)


def _total_warnings(table: CountsTable) -> list[str]:
    """Warn of totals that only the numbers show, and of totals that count people twice."""
    by_numbers = [
        f"The {total['kind']}s {_named(total['of'])} add up to the same as "
        f"{_named([*total['less'], total['label']])} in every cell, so hidden numbers are protected against that too."
        if total["less"]
        else f"The {total['kind']} {total['label']!r} equals the sum of {_named(total['of'])} in every cell, "
        "so it is treated as their total."
        for total in table.totals()
        if not total["by_label"]
    ]
    twice = [
        f"The {kind} {label!r} counts people twice: it adds up {inner!r} and the lines that {inner!r} adds up."
        for kind, label, inner in table.counted_twice()
    ]
    return by_numbers + twice


def _named(labels: Sequence[str]) -> str:
    if len(labels) > 3:
        return f"{labels[0]!r}, {labels[1]!r} and {len(labels) - 2} more"
    return " and ".join(map(repr, labels))


def _group_warnings(table: CountsTable, safe: SafeGrid) -> list[str]:
    labels = {"row": table.rows, "column": table.columns}
    return [
        f"Everyone in {kind} {labels[kind][number]!r} is in one cell, so the table reveals something about "
        "each of them. Check that this is acceptable."
        for kind, number in safe.groups
    ]


def _item_warnings(loaded: Loaded, purpose: str, items: Sequence[rules.Item]) -> list[str]:
    agreement, notice = loaded.policy.agreement, loaded.policy.notice
    if agreement is None:
        return []
    in_notice = notice.items(agreement.recipient, purpose) if notice else frozenset()
    warnings = []
    for item in items:
        if item.code not in agreement.items:
            warnings.append(
                f"The agreement does not cover {item.code}, which this table counts by."
            )
        elif item.code not in in_notice:
            warnings.append(
                f"The privacy notice does not list {item.code}, which this table counts by."
            )
    return warnings
