"""The lawful basis of an agreement, by the letters of UK GDPR Article 6(1): pure functions."""

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


def basis_in(text: str) -> str:
    """Return the code in BASES that the text of an agreement means, empty where it means none. One
    that means more than one rests on the public task if that is among them: then one can object."""
    folded = "".join(text.casefold().split())
    codes = [code for code in BASES if code in folded] or [
        code for code, (_, words) in BASES.items() if words in folded
    ]
    if "publictask" in folded or PUBLIC_TASK in codes:
        return PUBLIC_TASK
    return codes[0] if len(codes) == 1 else ""
