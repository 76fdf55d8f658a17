"""Addresses of the lists behind numbers, with their filters set, for those who may open them (K1)."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.permissions import may_open


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that a reader may open; others are empty."""

    reader: User

    def of(self, name: str, *arguments: object, **filters: str) -> str:
        """Return the address of this name with the filters that are not empty."""
        if not may_open(self.reader, name):
            return ""
        words = urlencode({key: value for key, value in filters.items() if value})
        return reverse(name, args=arguments) + (f"?{words}" if words else "")

    def log(self, days: tuple[date | None, date | None], **filters: str) -> str:
        """Return the address of the disclosure log from the first of two days to the last."""
        first, last = days
        return self.of("staff-disclosures", **filters | _day("first", first) | _day("last", last))


def _day(name: str, on: date | None) -> dict[str, str]:
    """Return a day as its form sends it."""
    if on is None:
        return {}
    return {f"{name}_0": str(on.day), f"{name}_1": str(on.month), f"{name}_2": str(on.year)}
