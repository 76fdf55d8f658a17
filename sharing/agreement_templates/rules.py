"""Variables in the texts of a template of agreements (docs/rulebook.md, A3), as pure functions."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

# What the agreement itself fills in, and what that is in words.
OF_THE_AGREEMENT = {
    "council": "the name of the council",
    "organisation": "the name of the organisation",
    "reference": "the reference of the agreement",
    "purpose": "the purposes, one after the other",
    "information": "the information that is shared, one after the other",
    "start date": "the first day of the agreement",
    "end date": "the last day of the agreement",
    "review date": "the day of the next review",
}
_VARIABLE = re.compile(r"\{([^{}]*)\}")


def variables_in(texts: Iterable[str]) -> set[str]:
    """Return the names of the variables that stand in the texts, as in `{review date}`."""
    return {name for text in texts for name in _VARIABLE.findall(text)}


def filled(text: str, values: Mapping[str, str]) -> str:
    """A3 Return the text with each variable that has a value replaced by it, once: a value is never read
    as a text with variables. One without a value stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def faults_in(text: str, known: Collection[str]) -> list[str]:
    """A3 Return what is wrong with the variables of a text, in sentences: names that are not known, and
    braces around none."""
    faults = []
    for name in sorted(variables_in([text]) - set(known)):
        near = difflib.get_close_matches(name, known)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        faults.append(f"no such variable {name!r}{hint}")
    if re.search(r"[{}]", _VARIABLE.sub("", text)):
        faults.append("a brace stands alone; variables are written {like this}")
    return faults
