"""Templates of agreements in words, without queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from sharing.agreement_templates.filling import State, TermBesideTemplate
from sharing.agreement_templates.part import TemplateTextPart
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import Section
from sharing.agreements.terms import (
    LABELS,
    SECTIONS,
    ChangedTerm,
    Term,
    TermSection,
    Words,
    changes,
    term_in_words,
)

STATES: Mapping[State, tuple[str, str]] = {
    State.DIFFERENT: ("Different", "orange"),
    State.SAME: ("Same", "green"),
    State.OPEN: ("Left open", "grey"),
}


def summary_of(terms: Sequence[TermBesideTemplate]) -> str:
    """Return in a sentence how far an agreement follows its template."""
    numbers = Counter(term.state for term in terms)
    given = numbers[State.DIFFERENT] + numbers[State.SAME]
    if not numbers[State.DIFFERENT]:
        return f"All {given} terms that the template gives are the same."
    verb = "is" if numbers[State.DIFFERENT] == 1 else "are"
    return (
        f"{numbers[State.DIFFERENT]} of the {given} terms that the template gives {verb} different."
    )


def sections_of(text: TemplateTextPart, words: Words) -> list[TermSection]:
    """Return the terms that a template gives, by section, in the order of reading."""
    part = _unfilled(text)
    given = text.terms.given()
    sections = []
    for section, heading in SECTIONS.items():
        names = [name for name, (place, _) in LABELS.items() if place is section and name in given]
        terms: list[Term] = [term_in_words(name, part, words) for name in names]
        if terms:
            sections.append(TermSection(section.value, heading, terms))
    return sections


def left_open(text: TemplateTextPart) -> list[str]:
    """Return the labels of the terms that a template leaves to each agreement."""
    given = text.terms.given()
    apart = {Section.ASSESSMENT}
    if text.terms.form != "aggregate":
        apart.add(Section.STATISTICS)
    return [
        label
        for name, (section, label) in LABELS.items()
        if name not in given and section not in apart
    ]


def changes_between(
    earlier: TemplateTextPart, later: TemplateTextPart, words: Words
) -> list[ChangedTerm]:
    """Return the terms that differ between two texts of a template."""
    return changes(_unfilled(earlier), _unfilled(later), words)


def _unfilled(text: TemplateTextPart) -> AgreementPart:
    """Return the terms of a template as an agreement has them; what is left open is empty."""
    blank: dict[str, object] = {
        "reference": "template", "version": 1, "recipient": "", "purposes": [], "items": [],
        "schools": [], "starts": date.min, "ends": date.max, "signed_on": None,
        "terminated_on": None, "suspensions": [], "lawful_basis": "", "legal_gateway": "",
        "special_category_condition": "", "retention_months": None, "threshold": 5,
        "review_on": None,
    }  # fmt: skip
    return AgreementPart.model_validate({**blank, **text.terms.given()})
