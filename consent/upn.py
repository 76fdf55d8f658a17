"""Unique pupil numbers: their normal form and their check letter."""

import re

from stdnum.gb.upn import calc_check_digit

_FORM = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
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

    The local authority's number is not looked up: python-stdnum's list is of 2011, and an
    unknown authority is no reason to reject a pupil.
    """
    return bool(_FORM.fullmatch(upn)) and calc_check_digit(upn[1:]) == upn[0]
