"""What the policy's numbers and texts are now.

They change seldom and are asked for often: a process reads them at most every `SECONDS`, and before it makes a
public page anew.
"""

from collections.abc import Mapping
from time import monotonic
from typing import NamedTuple

from privacy_portal.ground.public_pages.caching import before_making
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.models import PolicyNumber, PolicyText

SECONDS = 30


class _Read(NamedTuple):
    """What the database said, and when it was asked (seconds, monotonic)."""

    when: float
    numbers: Mapping[str, int]
    texts: Mapping[str, str]


_last: _Read | None = None


def number(name: str) -> int:
    """Return a number of the policy, in the unit that `known` has for it; 2 queries every `SECONDS`."""
    return _read().numbers.get(name, NUMBERS[name].usual)


def text(name: str) -> str:
    """Return a text of letters; 2 queries every `SECONDS`."""
    return _read().texts.get(name, TEXTS[name].usual)


def forget() -> None:
    """Read the numbers and texts anew when they are next asked for."""
    global _last
    _last = None


before_making.append(forget)


def hold(numbers: Mapping[str, int], texts: Mapping[str, str]) -> None:
    """Take these as read."""
    global _last
    _last = _Read(monotonic(), numbers, texts)


def stored() -> tuple[dict[str, int], dict[str, str]]:
    """Load the numbers and texts that the policy has set, as they are now; 2 queries."""
    return (
        dict(PolicyNumber.objects.values_list("key", "number")),
        dict(PolicyText.objects.values_list("key", "text")),
    )


def _read() -> _Read:
    if _last is None or monotonic() - _last.when >= SECONDS:
        hold(*stored())
    assert _last is not None
    return _last
