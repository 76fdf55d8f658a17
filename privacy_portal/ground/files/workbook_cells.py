"""Cells of a workbook as text: numbers, days of either calendar, and texts with their escapes."""

import re
from datetime import date, timedelta
from typing import Any

# What stands for a formula whose value the file has not: like any error it is filled (D).
NO_VALUE = "#NO VALUE!"
_BUILT_IN_DAYS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DAY_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?Z?)?")
_MILLISECONDS = 86_400_000
# The first day that is no day any more: 1 January 10000.
_END_OF_DAYS = 2_958_466
_WHOLE_EXACTLY = 1e15


def plain_text(text: str) -> str:
    """Return a text on one line, without the escapes in which a workbook keeps controls."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub(" ", text) if _CONTROLS.search(text) else text


def number_text(text: str) -> str:
    """Return a number as people write it: a whole one without a point."""
    try:
        number = float(text)
    except ValueError:
        return plain_text(text)
    if number.is_integer() and abs(number) < _WHOLE_EXACTLY:
        return str(int(number))
    return repr(number)


def column_number(letters: str) -> int:
    """Return the place of a column, counted from 0, by its letters. Raises ValueError."""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise ValueError(letters)
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= 16_384:
        raise ValueError(letters)
    return number - 1


def column_letters(place: int) -> str:
    """Return the letters of the column at the place, counted from 0."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Formats:
    """Which styles show a number as a day or a time, and how numbers and days then read."""

    def __init__(self, styles: Any, epoch_1904: bool):
        """Find the styles that show days; `styles` is the root of the workbook's, or None."""
        self.epoch_1904 = epoch_1904
        self.dated: set[str | None] = set()
        if styles is None:
            return
        own = {
            custom.get("numFmtId"): custom.get("formatCode", "")
            for custom in styles.iterfind("{*}numFmts/{*}numFmt")
        }
        for place, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
            number = style.get("numFmtId", "0")
            if number in own:
                dated = _shows_days(own[number])
            else:
                dated = number.isdecimal() and int(number) in _BUILT_IN_DAYS
            if dated:
                self.dated.add(str(place))

    def number(self, text: str, style: str | None) -> str:
        """Return a number in a cell of this style: a day as yyyy-mm-dd where the style shows one."""
        if style not in self.dated:
            return number_text(text)
        try:
            serial = float(text)
        except ValueError:
            return plain_text(text)
        return self._day(serial) or number_text(text)

    def day_text(self, text: str) -> str:
        """Return a day that is written as such."""
        if match := _ISO.fullmatch(text.strip()):
            time = match[2] or ""
            return match[1] if not time.strip("0:") else f"{match[1]} {time}"
        return plain_text(text)

    def _day(self, serial: float) -> str:
        """Return the day, and its time unless it is 0:00; empty for a number that is none."""
        if not 0 <= serial < _END_OF_DAYS:
            return ""
        whole, milliseconds = divmod(round(serial * _MILLISECONDS), _MILLISECONDS)
        time = _time(milliseconds)
        if not whole and not self.epoch_1904:
            return time or "0:00:00"
        if self.epoch_1904:
            day = date(1904, 1, 1) + timedelta(days=whole)
        elif whole == 60:  # Excel's own 29 February 1900, a day that never was
            return "1900-02-29"
        else:
            day = date(1899, 12, 31 if whole < 60 else 30) + timedelta(days=whole)
        return f"{day.isoformat()} {time}" if time else day.isoformat()


def _time(milliseconds: int) -> str:
    if not milliseconds:
        return ""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _shows_days(code: str) -> bool:
    """Return whether a format shows a number as a day or a time."""
    first = _NOT_LETTERS.sub("", code.split(";")[0])
    return "general" not in first.casefold() and bool(_DAY_LETTERS.search(first))
