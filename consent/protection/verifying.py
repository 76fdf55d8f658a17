"""Check that protection and deaths of pupils are what the log recorded (L5)."""

from collections.abc import Callable, Mapping

from django.db import connection
from django.db.models import Model

from consent.models import Death, DeathWithdrawn, EndingAnswer, Protection
from consent.protection.recording import death_facts, protection_facts
from privacy_portal.ground.log.verifying import Check, LogBrokenError

# Records whose two columns are not what the rows of protection and deaths say.
_UNTRUE = """
SELECT count(*) FROM consent_pupil pupil
WHERE (pupil.protected OR pupil.died_on IS NOT NULL
    OR EXISTS (SELECT 1 FROM consent_protection WHERE pupil_id = pupil.id)
    OR EXISTS (SELECT 1 FROM consent_death WHERE pupil_id = pupil.id))
AND (pupil.protected, pupil.died_on) IS DISTINCT FROM (
    EXISTS (
        SELECT 1 FROM consent_records_of_child(pupil.id) record
        JOIN consent_protection protection ON protection.pupil_id = record.id
        WHERE NOT EXISTS (
            SELECT 1 FROM consent_endedprotection ended
            JOIN consent_endinganswer answer ON answer.ending_id = ended.ending_id
            WHERE ended.protection_id = protection.id AND answer.agrees)),
    (SELECT death.died_on FROM consent_records_of_child(pupil.id) record
        JOIN consent_death death ON death.pupil_id = record.id
        WHERE NOT EXISTS (SELECT 1 FROM consent_deathwithdrawn WHERE death_id = death.id)
        ORDER BY death.id DESC LIMIT 1))
"""

_TABLES: Mapping[type[Model], tuple[str, Callable[[], int]]] = {
    Protection: ("protections", Protection.objects.count),
    EndingAnswer: ("answers about ending protection", EndingAnswer.objects.count),
    Death: ("deaths", Death.objects.count),
    DeathWithdrawn: ("withdrawn deaths", DeathWithdrawn.objects.count),
}


class ProtectionCheck:
    """Compare the entries about protection and deaths with their rows, and count them."""

    def __init__(self) -> None:
        self._seen: dict[type[Model], set[int]] = {model: set() for model in _TABLES}

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {
            "pupil-protected": self._check_protected,
            "protection-ended": self._check_answered,
            "protection-kept": self._check_answered,
            "pupil-died": self._check_died,
            "death-withdrawn": self._check_withdrawn,
        }

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for, or a record says otherwise
        than they; 5 queries."""
        for model, (name, count) in _TABLES.items():
            if (rows := count()) != len(self._seen[model]):
                message = f"{rows} {name} are stored but {len(self._seen[model])} have an entry"
                raise LogBrokenError(None, message)
        with connection.cursor() as cursor:
            cursor.execute(_UNTRUE)
            (untrue,) = cursor.fetchone()
        if untrue:
            message = f"{untrue} pupils are marked otherwise than their protection or death says"
            raise LogBrokenError(None, message)

    def _check_protected(self, seq: int, entry: Mapping[str, object]) -> str | None:
        protections = Protection.objects.select_related("pupil")
        row = protections.filter(pk=_number(entry, "protection")).first()
        return self._compared(row, protection_facts(row) if row else {}, entry)

    def _check_died(self, seq: int, entry: Mapping[str, object]) -> str | None:
        row = Death.objects.select_related("pupil").filter(pk=_number(entry, "death")).first()
        return self._compared(row, death_facts(row) if row else {}, entry)

    def _check_answered(self, seq: int, entry: Mapping[str, object]) -> str | None:
        answers = EndingAnswer.objects.select_related("ending__pupil", "ending__by")
        row = answers.filter(ending=_number(entry, "ending")).first()
        if row is None:
            return self._compared(row, {}, entry)
        facts = {
            "person": str(row.ending.pupil.reference),
            "proposed_by": str(row.ending.by.reference),
            "event": "protection-ended" if row.agrees else "protection-kept",
        }
        return self._compared(row, facts, entry)

    def _check_withdrawn(self, seq: int, entry: Mapping[str, object]) -> str | None:
        withdrawals = DeathWithdrawn.objects.filter(death=_number(entry, "death"))
        return self._compared(withdrawals.first(), {}, entry)

    def _compared(
        self, row: Model | None, facts: Mapping[str, object], entry: Mapping[str, object]
    ) -> str | None:
        """Note the row, and return what is wrong with it, or None."""
        if row is None:
            return "the protection or death it vouches for is missing"
        if row.pk in self._seen[type(row)]:
            return "its protection or death was recorded before"
        self._seen[type(row)].add(row.pk)
        names = sorted(name for name, value in facts.items() if entry.get(name) != value)
        return f"its row differs from what was logged in {', '.join(names)}" if names else None


def _number(entry: Mapping[str, object], name: str) -> int:
    return int(str(entry[name]))
