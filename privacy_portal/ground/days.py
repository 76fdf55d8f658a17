"""Days and instants: calendar days are those of Europe/London, instants are aware."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

# The years that people are asked about. Beyond them a day is a slip, and cannot be counted on from.
YEARS = range(1900, 2200)
IN_YEARS = f"from {YEARS[0]} to {YEARS[-1]}"

_ISO = re.compile(r"(?!00)(\d{4})-(\d{2})-(\d{2})")
_MIDNIGHT = re.compile(
    r"(?:T|\s+)(?:0?0:00(?::00(?:[.,]0+)?)?(?:Z|\+00:?00)?|12:00(?::00)?\s*AM)$", re.IGNORECASE
)
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.\d+)?")
_SHORT_YEAR = re.compile(r"^\d{1,2}[ /.-](?:\d{1,2}|[A-Za-z]{3,9})[ /.-]\d{2}$")
_BRITISH = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(?!00)(\d{4})")


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the calendar day in Europe/London."""
    return datetime.now(LONDON).date()


def day_of(at: datetime) -> date:
    """Return the calendar day in Europe/London that holds the instant `at`."""
    return at.astimezone(LONDON).date()


def start_of(on: date) -> datetime:
    """Return the first instant of the day `on`."""
    return datetime.combine(on, time.min, LONDON)


def end_of(on: date) -> datetime:
    """Return the last microsecond of the day `on`."""
    return datetime.combine(on, time.max, LONDON)


def days_later(at: datetime, days: int) -> datetime:
    """Return the same time of day in Europe/London, `days` calendar days after `at`."""
    return at.astimezone(LONDON) + timedelta(days=days)


def months_later(on: date, months: int) -> date:
    """Return the same day a number of months later, or the last day of a month that is shorter."""
    years, month = divmod(on.month - 1 + months, 12)
    year = on.year + years
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def working_days_later(on: date, number: int) -> date:
    """Return the day a number of working days after `on`; Saturdays and Sundays are none."""
    while number:
        on += timedelta(days=1)
        number -= on.weekday() < 5
    return on


@lru_cache(maxsize=65_536)
def read_day(text: str) -> date | None:
    """Return the day that `text` writes as `2012-05-31` or, day first, `31/05/2012`; else None.

    Years have four digits, and not 00 first: a two-digit year is never guessed. A time of 0:00,
    which databases and spreadsheets write after a day, is none.
    """
    text = _MIDNIGHT.sub("", text.strip())
    try:
        if match := _ISO.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _BRITISH.fullmatch(text):
            return date(int(match[4]), int(match[3]), int(match[1]))
    except ValueError:
        return None
    return None


def how_to_write(text: str) -> str:
    """Return what to do about a text that is not a date, in a sentence."""
    if _SERIAL.fullmatch(text.strip()):
        return "It is a spreadsheet’s count of days. Format the column as a date and save again."
    if _SHORT_YEAR.search(text.strip()):
        return "Use a year with 4 digits, like 31/05/2012."
    return "Use 2012-05-31 or 31/05/2012."


def in_words(on: date) -> str:
    """Return the day as people in Britain write it: `1 March 2026`."""
    return f"{on.day} {on:%B %Y}"
