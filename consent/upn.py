"""Unique pupil numbers: their normal form and their check letter."""

import re
from itertools import product

_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_DIGITS = "0123456789"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | {
    letter: value for value, letter in enumerate(_LETTERS)
}


def _weighed(first: int, *kinds: str) -> dict[str, int]:
    """What every possible run of characters weighs, from place `first` of the number."""
    return {
        "".join(run): sum(_VALUES[each] * weight for weight, each in enumerate(run, first))
        for run in product(*kinds)
    }


# Characters 2 to 4, 5 to 7, 8 to 10 and 11 to 13: four look-ups tell form and weight at once.
_SECOND = _weighed(2, _DIGITS, _DIGITS, _DIGITS)
_FIFTH = _weighed(5, _DIGITS, _DIGITS, _DIGITS)
_EIGHTH = _weighed(8, _DIGITS, _DIGITS, _DIGITS)
_ELEVENTH = _weighed(11, _DIGITS, _DIGITS, _DIGITS + _LETTERS)
_SPACE = re.compile(r"[^\S\n]")


def normal(text: str) -> str:
    """A UPN as it is compared: capitals, without spaces."""
    return "".join(text.split()).upper()


def normal_all(texts: list[str]) -> list[str]:
    """`normal` of each; many at once where none has a space in it."""
    joined = "\n".join(texts)
    if not _SPACE.search(joined):
        upper = joined.upper().split("\n")
        if len(upper) == len(texts):
            return upper
    return [normal(text) for text in texts]


def is_valid(upn: str) -> bool:
    """Whether a normal UPN has the right form and check letter.

    Characters 2 to 13 weigh 2 to 13; the sum modulo 23 is the place of the check letter. The
    local authority's number is not looked up: an unknown one is no reason to reject a
    pupil. (python-stdnum computes the same, and tests compare; a roll of 100,000 needs it faster.)
    """
    try:
        weight = _SECOND[upn[1:4]] + _FIFTH[upn[4:7]] + _EIGHTH[upn[7:10]] + _ELEVENTH[upn[10:]]
    except KeyError:
        return False
    return _LETTERS[weight % 23] == upn[0]
