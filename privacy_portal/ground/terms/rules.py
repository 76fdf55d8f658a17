"""Whether the policy may set a number or a text so, as pure functions."""

import re

from privacy_portal.ground.terms.known import MOST_LETTERS, NUMBERS, TEXTS


def fault_in_number(name: str, number: int) -> str:
    """R2 Return why a number cannot be so, as a sentence without full stop; empty if it can."""
    known = NUMBERS[name]
    if known.least <= number <= known.most:
        return ""
    return f"Enter a number from {known.least} to {known.most}. {known.why}".rstrip(".")


def fault_in_text(name: str, text: str) -> str:
    """R2 Return why a text of letters cannot be so, as a sentence without full stop; empty if it can: each
    keeps what families need, such as whom it is about and that there is a paper form."""
    known = TEXTS[name]
    if not text:
        return "" if known.may_be_empty else "Enter the text"
    if len(text) > MOST_LETTERS:
        return f"The text must be {MOST_LETTERS:,} characters or fewer"
    if missing := [words for words in known.needed if words not in text]:
        return f"The text must have the words “{missing[0]}”"
    for placeholder in re.findall(r"\{[^}]*\}?|\}", text):
        if placeholder not in known.needed:
            return f"{placeholder} cannot be used here"
    return ""


def filled(text: str, *, organisation: str, pupil: str = "") -> str:
    """Return a text of a letter with what stands in braces replaced. What is filled in is not looked at
    again, whatever it holds."""
    values = {"{organisation}": organisation, "{pupil}": pupil}
    return re.sub(r"\{organisation\}|\{pupil\}", lambda placeholder: values[placeholder[0]], text)
