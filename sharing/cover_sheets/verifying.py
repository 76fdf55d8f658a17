"""Verify that cover sheets are what their log entries say (`log verify`, L5)."""

from collections.abc import Mapping
from typing import Any

from sharing.cover_sheets.making import sheet_body
from sharing.models import CoverSheet


def check_sheet(seq: int, entry: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the cover sheet that an entry vouches for; None where nothing is."""
    sheet = CoverSheet.objects.select_related("disclosure").filter(pk=entry["disclosure"]).first()
    if sheet is None or sheet.entry != seq:
        return "the cover sheet it vouches for is missing"
    expected = sheet_body(sheet)
    keys = entry.keys() | expected.keys()
    if differing := sorted(key for key in keys if expected.get(key) != entry.get(key)):
        return f"its cover sheet differs from what was logged in {', '.join(differing)}"
    return None
