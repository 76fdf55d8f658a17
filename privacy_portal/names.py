"""Names of people and headings of columns, made comparable."""

import unicodedata
from functools import lru_cache

# Letters whose stroke or ligature Unicode does not decompose.
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i"}
)
_DROPPED = {"'", "’", "‘", "ʼ", "ʻ", "`", "´", "′", "\u00ad"}


@lru_cache(maxsize=65_536)
def folded_name(name: str) -> str:
    """A name without what spelling varies in: case, accents, spaces, hyphens, apostrophes.

    `O’Connor-Müller` and `OCONNOR MULLER` fold alike (rulebook D `details-differ`, C7).
    """
    if name.isascii():
        decomposed = name.casefold()
    else:
        decomposed = unicodedata.normalize("NFKD", name.casefold()).translate(_STROKES)
    return "".join(
        letter
        for letter in decomposed
        if not (
            letter.isspace()
            or letter in _DROPPED
            or unicodedata.category(letter) in ("Pd", "Mn", "Cf")
        )
    )


def person_key(name: str) -> str:
    """The same for one name however its case and spaces are written (rulebook C3)."""
    return "".join(name.split()).casefold()


def folded_heading(heading: str) -> str:
    """A column heading regardless of case and of surrounding or repeated spaces (rulebook D)."""
    return " ".join(heading.split()).casefold()
