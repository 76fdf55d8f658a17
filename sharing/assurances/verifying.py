"""Check that the assurance on record is what the log recorded (`log verify`, L5), both ways."""

from collections.abc import Mapping

from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.assurances.recording import logged
from sharing.models import Assurance, AssuranceWithdrawal


class AssuranceCheck:
    """Checks the entries about assurance, and counts them, so that rows without one are seen."""

    def __init__(self) -> None:
        self.recorded = 0
        self.withdrawn = 0

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {"assurance-recorded": self._recorded, "assurance-withdrawn": self._withdrawn}

    def finish(self) -> None:
        """Raise LogBrokenError if there are rows that no entry vouches for."""
        for what, entries, rows in (
            ("records of assurance", self.recorded, Assurance.objects.count()),
            ("withdrawals of assurance", self.withdrawn, AssuranceWithdrawal.objects.count()),
        ):
            if entries != rows:
                raise LogBrokenError(None, f"{rows} {what} are stored but {entries} have an entry")

    def _recorded(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.recorded += 1
        return _differs(entry)[1]

    def _withdrawn(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.withdrawn += 1
        row, wrong = _differs(entry)
        if row is None or wrong:
            return wrong
        withdrawal = AssuranceWithdrawal.objects.filter(assurance=row).first()
        if withdrawal is None:
            return "the withdrawal it vouches for is missing"
        return None if withdrawal.why == entry["why"] else "its withdrawal has another reason"


def _differs(entry: Mapping[str, object]) -> tuple[Assurance | None, str | None]:
    """Return the assurance that an entry is about, and what is wrong with it."""
    rows = Assurance.objects.select_related("recipient")
    row = rows.filter(pk=str(entry["assurance"])).first()
    if row is None:
        return None, "the assurance it vouches for is missing"
    differing = sorted(key for key, value in logged(row).items() if entry.get(key) != value)
    if differing:
        return row, f"its assurance differs from what was logged in {', '.join(differing)}"
    return row, None
