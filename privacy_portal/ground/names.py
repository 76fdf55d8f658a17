"""Names of people and headings of columns, made comparable."""

import re
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
# What people write where they know no name. None of them is one, as Null, Na and None are.
_NO_NAMES = frozenset(
    ("n/a", "n.a.", "n.a", "unknown", "not known", "not given", "not applicable", "no name", "no surname",
     "none given", "tbc", "tba", "t.b.c.", "to be confirmed", "missing", "blank", "(blank)", "undefined")
)  # fmt: skip
_HTML_CODE = re.compile(r"&(?:#[0-9]{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8});", re.IGNORECASE)
_SPACES = "\t\r\n"
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@lru_cache(maxsize=65_536)
def folded_name(name: str) -> str:
    """Return a name without what spelling varies in: case, accents, spaces, hyphens, apostrophes.

    `O’Connor-Müller` and `OCONNOR MULLER` fold alike (docs/rulebook.md, D `details-differ`, C7).
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


def no_name(text: str) -> str:
    """Return what is wrong with a cell that should have somebody's name; empty for what can be one, and
    for an empty cell.

    What stands for a name that nobody knows would make two people one: all who are called so.
    """
    if not text:
        return ""
    if not any(map(str.isalpha, text)):
        return f"{text[:20]!r} has no letter."
    if text.casefold() in _NO_NAMES:
        return f"{text[:20]!r} is no name."
    if code := _HTML_CODE.search(text):
        return f"{text[:40]!r} has the code {code[0]!r} of a web page in place of a letter."
    if "?" in text:
        return f"{text[:40]!r} has a question mark, as where a letter was lost."
    if mark := next((letter for letter in text if _is_no_text(letter)), ""):
        return f"{text[:40]!r} has a character that is no text (U+{ord(mark):04X}). Delete it."
    return ""


def _is_no_text(mark: str) -> bool:
    """Return whether a character is a control, turns the direction of the text, or has no meaning."""
    return mark not in _SPACES and (
        unicodedata.category(mark) in ("Cc", "Co", "Cn", "Cs") or mark in _TURNING
    )


def person_key(name: str) -> str:
    """Return one key for a person however the name is spelt (docs/rulebook.md, C3).

    It is `folded_name`, so that a parent's later decision is the same parent's; a name of signs
    alone stands for itself. Takes keys too, also those stored when only case and spaces were left
    out, and gives the key of their names.
    """
    if name.isascii() and name.isalnum() and name.islower():
        return name
    return folded_name(name) or "".join(name.split()).casefold()


def folded_heading(heading: str) -> str:
    """Return a column heading regardless of case and of surrounding or repeated spaces (docs/rulebook.md, D)."""
    return " ".join(heading.split()).casefold()
