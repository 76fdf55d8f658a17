"""Unique pupil numbers: their normal form and their check letter."""

import re
from operator import mul

_FORM = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_VALUES = {str(digit): digit for digit in range(10)} | {
    letter: value for value, letter in enumerate(_LETTERS)
}
_WEIGHTS = range(2, 13)
_ZEROS = ord("0") * sum(_WEIGHTS)
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
    if not _FORM.fullmatch(upn):
        return False
    digits = sum(map(mul, upn[1:12].encode(), _WEIGHTS)) - _ZEROS
    return _LETTERS[(digits + 13 * _VALUES[upn[12]]) % 23] == upn[0]
