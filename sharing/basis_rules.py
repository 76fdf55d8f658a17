"""The lawful basis of an agreement, by the letters of UK GDPR Article 6(1): pure functions."""

import re

# The letters of UK GDPR Article 6(1), and words by which a text means them.
BASES = {
    "6(1)(a)": ("Consent", "consent"),
    "6(1)(b)": ("Contract", "performanceofacontract"),
    "6(1)(c)": ("Legal obligation", "legalobligation"),
    "6(1)(d)": ("Vital interests", "vitalinterest"),
    "6(1)(e)": ("Public task", "publictask"),
    "6(1)(f)": ("Legitimate interests", "legitimateinterest"),
}
PUBLIC_TASK = "6(1)(e)"
LEGAL_OBLIGATION = "6(1)(c)"
# `6(1)(e)`, `6 (1) (e)`, `6(1)e` and `6.1.e`, but no `16(1)(a)`, which is of another Act.
_LETTER = re.compile(r"(?<![\d(.])6\s*[(.]\s*1\s*\)?(?:\s*\(\s*([a-f])\s*\)|\.?([a-f])\b)")


def bases_in(text: str) -> list[str]:
    """A3 Return the codes in BASES that the text of an agreement names, by their letters or, where it
    has none, by their words; empty where it is no text about Article 6."""
    folded = text.casefold()
    letters = {f"6(1)({one or other})" for one, other in _LETTER.findall(folded)}
    together = "".join(folded.split())
    if not letters:
        return [code for code, (_, words) in BASES.items() if words in together]
    if BASES[PUBLIC_TASK][1] in together:
        letters.add(PUBLIC_TASK)
    return sorted(letters)


def basis_in(text: str) -> str:
    """Return the code in BASES that the text of an agreement means, empty where it means none. One
    that means more than one rests on the public task if that is among them: then one can object."""
    codes = bases_in(text)
    if PUBLIC_TASK in codes:
        return PUBLIC_TASK
    return codes[0] if len(codes) == 1 else ""
