"""The example that tests play in: its policy, its day, and the numbers of two pupils."""

from datetime import UTC, date, datetime

from tests.places import DATA

EXTRACTS = {
    "connexions-2026-11": ("WIG-CNX", "careers-guidance"),
    "connexions-2009-11": ("WIG-CNX", "careers-guidance"),
    "alkemygold-2026-11": ("WIG-ALK", "performance-analysis"),
    "fft-2026-11": ("WIG-FFT", "performance-analysis"),
    "height-weight-2026-11": ("WIG-PH-HW", "height-weight-feedback"),
    "pct-2026-11": ("WIG-PCT-HW", "height-weight-feedback"),
}
TWIN = "B801200005001"
# The policy that the worked cases and the extracts' expected decisions are made for.
POLICY = DATA / "policy.json"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)
UPN = "P207000016049"
