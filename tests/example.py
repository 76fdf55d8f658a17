"""The example that tests play in: its files, its day, and the number of Ella Barlow."""

from datetime import UTC, date, datetime
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "example" / "wigan"
DATA = Path(__file__).resolve().parent / "data"
# The policy that the worked cases and the extracts' expected decisions are made for.
POLICY = DATA / "policy.json"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)
UPN = "P207000016049"
