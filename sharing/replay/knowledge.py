"""What the portal knew when it decided on a disclosure: by the order of the log, else by the clocks."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from sharing.models import Disclosure

# What was certainly on the same side of a decision by the clock as by the log is not looked up.
CERTAIN = timedelta(hours=1)

# Entries of about that time, and those that the clock has on the other side of it than the log.
_NEARBY = """
SELECT seq, body FROM log_entry
WHERE (log_value(body, 'at') >= %s AND seq < %s OR log_value(body, 'at') <= %s AND seq > %s)
    AND log_value(body, 'event') = ANY(%s)
"""
# Of each event the value that says which row its entry vouches for; an empty one: its time does.
_KEYS = {
    "decision-recorded": "decision",
    "decision-verified": "decision",
    "decision-invalid": "decision",
    "objection-upheld": "decision",
    "objection-grounds": "decision",
    "objection-withdrawn": "decision",
    "objection-told": "decision",
    "pupils-merged": "merge",
    "pupils-parted": "merge",
    "same-child-asked": "question",
    "same-child-answered": "question",
    "pupil-protected": "protection",
    "protection-ended": "ending",
    "pupil-died": "death",
    "death-withdrawn": "death",
    "policy-in-force": "change",
    "policy-imported": "",
    "roll-imported": "",
    "notice-published": "",
    "notice-withdrawn": "",
    "agreement-drafted": "",
    "agreement-signed": "",
    "agreement-suspended": "",
    "agreement-lifted": "",
    "agreement-terminated": "",
}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was committed before the entry of a disclosure (H2a). `numbers` are those of entries that its
    clock does not certainly put on the same side as the log, by event and row."""

    entry: int
    at: datetime
    numbers: dict[tuple[str, Any], int]

    def had(self, event: str, row: int | None, at: datetime) -> bool:
        """Return whether what this event vouches for was known: by the number of its entry or, where that
        leads to the same, by its clock."""
        number = self.numbers.get((event, row))
        if number is None:
            number = self.numbers.get((event, at))
        return at <= self.at if number is None else number < self.entry


def knowledge_of(disclosure: Disclosure) -> Knowledge:
    """Load what decides whether something was known when the disclosure was decided; 1 query."""
    entry = disclosure.entry
    since, until = _text(disclosure.at - CERTAIN), _text(disclosure.at + CERTAIN)
    with connection.cursor() as cursor:
        cursor.execute(_NEARBY, [since, entry, until, entry, list(_KEYS)])
        rows = cursor.fetchall()
    return Knowledge(disclosure.entry, disclosure.at, _numbers(rows))


def imported_since(disclosure: Disclosure) -> bool:
    """Return whether a policy file was imported after the disclosure was decided: what the policy said
    before that is not kept; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM log_entry"
            " WHERE log_value(body, 'event') = 'policy-imported' AND seq > %s)",
            [disclosure.entry],
        )
        (since,) = cursor.fetchone()
    return bool(since)


def _numbers(rows: Iterable[tuple[int, bytes]]) -> dict[tuple[str, Any], int]:
    numbers: dict[tuple[str, Any], int] = {}
    for seq, body in rows:
        entry = json.loads(bytes(body))
        event, at = entry["event"], datetime.fromisoformat(entry["at"])
        row = entry.get(_KEYS[event]) if _KEYS[event] else at
        numbers[event, row] = min(seq, numbers.get((event, row), seq))
    return numbers


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
