"""What an officer is to look at before a table of counts is released."""

from collections.abc import Sequence

from sharing import rules
from sharing.deciding.policy import Loaded
from sharing.statistics.grid_rules import SafeGrid
from sharing.statistics.tables import CountsTable


def total_warnings(table: CountsTable) -> list[str]:
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


def group_warnings(table: CountsTable, safe: SafeGrid) -> list[str]:
    labels = {"row": table.rows, "column": table.columns}
    return [
        f"Everyone in {kind} {labels[kind][number]!r} is in one cell, so the table reveals something about "
        "each of them. Check that this is acceptable."
        for kind, number in safe.groups
    ]


def item_warnings(loaded: Loaded, purpose: str, items: Sequence[rules.Item]) -> list[str]:
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
