"""Which disclosures another officer has to look at, as pure rules: nobody picks them."""

from enum import StrEnum

# The number before the policy could set one.
FIRST_ONE_IN = 10
_BYTES = 8


class Why(StrEnum):
    """Why a disclosure is in the sample."""

    SPECIAL = "special-category"
    OVERRIDE = "override"
    NOT_ALLOWED = "not-allowed"
    DRAWN = "drawn"


def is_drawn(leaf: bytes, one_in: int) -> bool:
    """Return whether chance takes a disclosure, one in so many: by the hash of its log entry, of which
    nobody knows what it will be and which nobody can change afterwards."""
    return int.from_bytes(leaf[:_BYTES], "big") % one_in == 0


def reasons_to_look(
    leaf: bytes, *, one_in: int, special: bool, overridden: bool, out_of_line: bool
) -> list[Why]:
    """Return why a disclosure is in the sample; nothing where it is not. All that shared special categories,
    went against an opt-out or was not allowed is looked at, and one in so many of the rest."""
    held = {Why.SPECIAL: special, Why.OVERRIDE: overridden, Why.NOT_ALLOWED: out_of_line}
    reasons = [why for why, holds in held.items() if holds]
    return reasons or ([Why.DRAWN] if is_drawn(leaf, one_in) else [])


def in_words(reasons: list[str], one_in: int) -> str:
    """Return why a disclosure is in the sample, in words: `special category; override`."""
    words = {
        Why.SPECIAL: "special category",
        Why.OVERRIDE: "despite an opt-out",
        Why.NOT_ALLOWED: "not allowed",
        Why.DRAWN: f"drawn: 1 in {one_in}",
    }
    return "; ".join(words[Why(reason)] for reason in reasons)
