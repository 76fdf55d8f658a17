"""Whether a name that somebody typed may mean an organisation of the policy (Q1), as pure functions.

It is help and no wall: there is always another way to write a name.
"""

import unicodedata

# What looks like a letter of ours: Cyrillic, Armenian and Greek ones, figures and signs.
_LOOKALIKES = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j",
        "ѕ": "s", "ԁ": "d", "ԛ": "q", "ԝ": "w", "һ": "h", "в": "b", "н": "h", "к": "k", "м": "m",
        "т": "t", "п": "n", "г": "r", "ո": "n", "օ": "o", "ս": "u", "α": "a", "β": "b", "γ": "y",
        "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u",
        "χ": "x", "ω": "w", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "0": "o", "1": "i", "|": "i",
        "l": "i", "!": "i", "$": "s", "@": "a", "€": "e",
    }
)  # fmt: skip
# So many letters of a name are enough to be found in another without spaces.
LEAST = 5


def alike(typed: str, name: str) -> bool:
    """Q1 Return whether what was typed may mean the organisation with this name: one has the words of the
    other, apart from accents, case, signs, spaces and letters that look the same."""
    ours, theirs = _words(name), _words(typed)
    if not ours or not theirs:
        return False
    if _has(theirs, ours) or _has(ours, theirs):
        return True
    whole, other = "".join(ours), "".join(theirs)
    return len(whole) >= LEAST and whole in other


def _words(name: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    letters = [
        _letter(letter)
        for letter in decomposed.translate(_LOOKALIKES)
        if unicodedata.category(letter) not in ("Mn", "Me", "Cf", "Cc") or letter.isspace()
    ]
    return "".join(letter if letter.isalnum() else " " for letter in letters).split()


def _letter(letter: str) -> str:
    """Return a letter of ours for one whose Unicode name says which it is, like a turned or small one."""
    if letter.isascii():
        return letter
    name = unicodedata.name(letter, "").split()
    last = name[-1].casefold() if name else ""
    return last.translate(_LOOKALIKES) if "LETTER" in name and len(last) == 1 else letter


def _has(longer: list[str], shorter: list[str]) -> bool:
    """Return whether the shorter list stands in the longer one, in its order."""
    size = len(shorter)
    return any(longer[at : at + size] == shorter for at in range(len(longer) - size + 1))
