"""Names of people and headings of columns, made comparable."""

import unicodedata
from functools import lru_cache

# Letters whose stroke or ligature Unicode does not decompose.
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Apostrophes, and what is typed for one; signs typed for a hyphen that are no dashes to Unicode.
_DROPPED = {
    *"'’‘‛`´′‵",
    *"ʹʼʻʽʾʿˈˊˋꞋꞌ՚",
    "\u2212", "\u2043", "\u02d7",
}  # fmt: skip


@lru_cache(maxsize=65_536)
def folded_name(name: str) -> str:
    """A name without what spelling varies in: case, accents, spaces, hyphens, apostrophes.

    `O’Connor-Müller` and `OCONNOR MULLER` fold alike (rulebook D `details-differ`, C7).
    """
    if name.isascii():
        decomposed = name.casefold()
    else:
        # Twice: some letters are capitals only once they are decomposed, others come apart only as
        # small ones.
        decomposed = unicodedata.normalize("NFKD", name).casefold()
        decomposed = unicodedata.normalize("NFKD", decomposed).translate(_STROKES)
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
    """One key for a person however the name is spelt: as `folded_name`, so that a parent's later
    decision is the same parent's (rulebook C3). A name of signs alone stands for itself.

    Takes keys too, also those stored when only case and spaces were left out, and gives the key of
    their names.
    """
    if name.isascii() and name.isalnum() and name.islower():
        return name
    return folded_name(name) or "".join(name.split()).casefold()


def folded_heading(heading: str) -> str:
    """A column heading regardless of case and of surrounding or repeated spaces (rulebook D)."""
    return " ".join(heading.split()).casefold()
