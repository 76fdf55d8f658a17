"""Security events as lines for a monitor: one JSON object each, and nothing about a child in any.

People are their random references, and internet addresses are keyed hashes: the same address is the same
hash, and the proxy's own log, which has the same request id, knows the address.
"""

import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, partial

import structlog
from django.db import transaction

LOGGER = "privacy_portal.security"

_lines = structlog.wrap_logger(
    logging.getLogger(LOGGER),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)


class Category(StrEnum):
    """What a monitor sorts events by."""

    SIGN_IN = "sign-in"
    PEOPLE = "people"
    REFUSAL = "refusal"
    LIMIT = "limit"
    DOWNLOAD = "download"
    RELEASE = "release"
    CONFIGURATION = "configuration"
    FAULT = "fault"


# The events of the log that a monitor is told as well, by name or by how their names begin.
LOGGED: Mapping[Category, tuple[str, ...]] = {
    Category.SIGN_IN: (
        "signed-in", "sign-in-failed", "sessions-ended", "password-changed", "new-browser",
        "factors-reset", "app-connected", "app-replaced", "app-removed", "codes-made",
        "recovery-code-used", "passkey-added", "passkey-removed", "single-sign-on-",
    ),
    Category.PEOPLE: ("person-", "roles-", "schools-changed", "protected-records-lead"),
    Category.REFUSAL: ("refusal", "virus-refused"),
    Category.DOWNLOAD: (
        "disclosure", "letters-taken", "school-file", "school-figures-file", "requests-exported",
        "request-letter", "recall-letter", "cover-sheet", "pupils-listed",
        "protected-details-opened", "file-downloaded",
    ),
    Category.RELEASE: (
        "release-approved", "release-returned", "row-permitted", "override-", "hand-over-undone",
        "hand-overs-resumed", "resumption-", "control-run",
    ),
    Category.CONFIGURATION: ("log-checked", "agreement-", "policy-", "notice-published", "notice-withdrawn"),
}  # fmt: skip
# Entries of these are told with all they say; of others the number of the entry leads there.
_WHOLE = frozenset({Category.SIGN_IN, Category.PEOPLE})
_SAID = frozenset({"event", "at", "by"})


@cache
def category_of(event: str) -> Category | None:
    """Return the category of an event of the log that a monitor is told; None of any other."""
    for category, names in LOGGED.items():
        for name in names:
            if event == name or (name.endswith("-") and event.startswith(name)):
                return category
    return None


def tell(event: str, category: Category, **values: object) -> None:
    """Write the line of one event."""
    _lines.info(event, category=category.value, **values)


def tell_logged(first: int, bodies: Iterable[Mapping[str, object]]) -> None:
    """Write lines of entries of the log, numbered from `first`, once their transaction is committed."""
    for number, body in enumerate(bodies, start=first):
        event = str(body["event"])
        category = category_of(event)
        if category is None:
            continue
        values = {"by": body["by"], "entry": number}
        if category in _WHOLE:
            values |= {name: value for name, value in body.items() if name not in _SAID}
        transaction.on_commit(partial(tell, event, category, **values), robust=True)
