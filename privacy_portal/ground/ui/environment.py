"""The Jinja2 environment of every page."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import Environment

from privacy_portal.ground.days import LONDON, in_words
from privacy_portal.ground.monitor import request_ids
from privacy_portal.ground.ui.components import (
    component,
    error_summary,
    keyset_ends,
    keyset_pages,
    pages,
)
from privacy_portal.ground.ui.markdown import as_html

ROUND_TIMES = {"12:00am": "midnight", "12:00pm": "midday"}


def environment(**options: Any) -> Environment:
    """Return the environment with the portal's globals and filters."""
    env = Environment(trim_blocks=True, lstrip_blocks=True, **options)
    env.globals.update(
        static=static,
        url=reverse,
        component=component,
        error_summary=error_summary,
        pages=pages,
        keyset_pages=keyset_pages,
        keyset_ends=keyset_ends,
        request_id=request_ids.current,
    )
    env.filters.update(
        day=day,
        moment=moment,
        number=number,
        markdown=as_html,
        count=count,
        in_a_row=in_a_row,
        lower_first=lower_first,
        year_group=year_group,
    )
    return env


def day(on: date | datetime | str | None) -> str:
    """Return a date, also as JSON holds it, like `1 March 2026`; empty for none."""
    if not on:
        return ""
    if isinstance(on, str):
        on = date.fromisoformat(on)
    return in_words(on.astimezone(LONDON).date() if isinstance(on, datetime) else on)


def moment(at: datetime | None) -> str:
    """Return a time as `1 March 2026 at 2:05pm` or `… at midday`, in Europe/London; empty for None."""
    if at is None:
        return ""
    here = at.astimezone(LONDON)
    clock = f"{here.hour % 12 or 12}:{here:%M}{'am' if here.hour < 12 else 'pm'}"
    return f"{day(at)} at {ROUND_TIMES.get(clock, clock)}"


def number(value: int | None) -> str:
    """Return a number like `12,345`; a dash for none."""
    return "–" if value is None else f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """Return the number with the right form of the noun: `1 pupil`, `12,345 pupils`."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def series(words: Sequence[str], conjunction: str = "and") -> str:
    """Return words as a sentence lists them: `name, sex and date of birth`."""
    return f" {conjunction} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def lower_first(text: str) -> str:
    """Return the text as it stands inside a sentence: `Date of birth` becomes `date of birth`, `UPN` stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def in_a_row(labels: Sequence[str]) -> str:
    """Return labels as one sentence holds them: `Name, date of birth, UPN`."""
    return ", ".join([*labels[:1], *map(lower_first, labels[1:])])


def year_group(group: str) -> str:
    """Return a year group as people say it: `Reception` for 0, `Nursery` for those before, `Year 9`."""
    code = group.strip().upper()
    if code in ("R", "0", "00"):
        return "Reception"
    if code in ("N1", "N2", "E1", "E2", "-1", "-2"):
        return "Nursery"
    return f"Year {code.lstrip('0')}" if code.isdecimal() else group
