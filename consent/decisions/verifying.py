"""Check that decisions of people, and what was marked invalid, are what the log recorded (L5)."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from consent.decisions.recording import decision_facts, invalidation_facts
from consent.models import ABOUT, Decision, Invalidation
from privacy_portal.ground.log.verifying import Check, LogBrokenError

# Rows that are read at once: entries mostly come in the order of decisions.
CHUNK = 2_000


class DecisionsCheck:
    """Compare the entries about decisions with their rows, one after the other, and count them."""

    def __init__(self) -> None:
        self._recorded: set[int] = set()
        self._invalid: set[int] = set()
        self._rows: Mapping[int, Decision] = {}

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {"decision-recorded": self._check_recorded, "decision-invalid": self._check_invalid}

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for; 2 queries."""
        for what, entries, rows in (
            ("decisions", self._recorded, Decision.objects.count()),
            ("invalid decisions", self._invalid, Invalidation.objects.count()),
        ):
            if len(entries) != rows:
                message = f"{rows} {what} are stored but {len(entries)} have an entry"
                raise LogBrokenError(None, message)

    def _check_recorded(self, seq: int, entry: Mapping[str, object]) -> str | None:
        """Return what is wrong with the decision that an entry records, or None."""
        decision = self._decision(int(str(entry["decision"])))
        if decision is None:
            return "the decision it vouches for is missing"
        if decision.pk in self._recorded:
            return "its decision was recorded before"
        self._recorded.add(decision.pk)
        return _differing(decision_facts(decision), entry)

    def _check_invalid(self, seq: int, entry: Mapping[str, object]) -> str | None:
        """Return what is wrong with the decision that an entry says is invalid, or None."""
        number = int(str(entry["decision"]))
        decision = self._rows.get(number) or _decisions().filter(pk=number).first()
        invalidation = getattr(decision, "invalidation", None)
        if invalidation is None:
            return "the decision that it says is invalid is not marked so"
        self._invalid.add(invalidation.pk)
        return _differing(invalidation_facts(invalidation), entry)

    def _decision(self, number: int) -> Decision | None:
        if number not in self._rows:
            self._rows = _decisions().filter(pk__gte=number, pk__lt=number + CHUNK).in_bulk()
        return self._rows.get(number)


def _decisions() -> QuerySet[Decision]:
    rows: QuerySet[Decision] = Decision.objects.select_related("pupil", "invalidation", *ABOUT)
    return rows


def _differing(facts: Mapping[str, object], entry: Mapping[str, object]) -> str | None:
    names = [name for name, value in facts.items() if not _same(value, entry.get(name))]
    return f"its decision differs from what was logged in {', '.join(names)}" if names else None


def _same(stored: object, logged: object) -> bool:
    """Return whether a row says what the log says; instants are the same in any time zone."""
    if isinstance(stored, datetime):
        return isinstance(logged, str) and datetime.fromisoformat(logged) == stored
    return stored == logged
