"""Verify that cover sheets are what their log entries say (`log verify`, L5), both ways."""

from collections.abc import Mapping

from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.cover_sheets.making import sheet_body
from sharing.models import CoverSheet


class CoverSheetCheck:
    """Checks the entries of cover sheets, and counts them, so that sheets without one are seen."""

    def __init__(self) -> None:
        self.entries = 0

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {"cover-sheet": self._check}

    def finish(self) -> None:
        """Raise LogBrokenError if there are sheets that no entry vouches for."""
        if self.entries != (rows := CoverSheet.objects.count()):
            raise LogBrokenError(
                None, f"{rows} cover sheets are stored but {self.entries} have an entry"
            )

    def _check(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.entries += 1
        sheets = CoverSheet.objects.select_related("disclosure")
        sheet = sheets.filter(disclosure_id=str(entry["disclosure"])).first()
        if sheet is None or sheet.entry != seq:
            return "the cover sheet it vouches for is missing"
        expected = sheet_body(sheet)
        keys = entry.keys() | expected.keys()
        if differing := sorted(key for key in keys if expected.get(key) != entry.get(key)):
            return f"its cover sheet differs from what was logged in {', '.join(differing)}"
        return None
