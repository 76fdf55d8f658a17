"""Cells that a spreadsheet would run: made harmless in every file that leaves the portal (D)."""

import re

# What a spreadsheet takes for the start of a formula, also behind spaces, and the full-width
# forms of it. A plain number, signed or not, is data.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def neutralised(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it: with an apostrophe before a formula."""
    if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
