"""Labels of an agreement's terms, on pages, in forms and in PDF."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notices.comparing import Change, Run, compare_labels, words_in_line
from notices.models import Audience
from privacy_portal.ground.days import in_words
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import Section
from sharing.assessment_rules import Outcome, View
from sharing.models import AgreementVersion, AmendmentRate, Contributors, Profile, Way, Zeros

SECTIONS: Mapping[Section, str] = {
    Section.PARTIES: "Parties",
    Section.PURPOSE: "Purpose and benefits",
    Section.ITEMS: "Information shared",
    Section.LAW: "Law",
    Section.ASSESSMENT: "Impact assessment and data protection officer",
    Section.HANDLING: "Access, transfer and security",
    Section.KEEPING: "Retention and deletion",
    Section.RIGHTS: "People’s rights",
    Section.DATES: "Dates and review",
    Section.SIGNATORIES: "Signatories",
    Section.STATISTICS: "Statistics",
}
FORMS = {
    "named": "Named: one row for each person",
    "pseudonymised": "Pseudonymised: one row for each person, nothing that identifies them",
    "aggregate": "Statistics only",
}
OUTCOMES = {
    Outcome.NO_HIGH_RISK: "No high risk is left",
    Outcome.RISK_ACCEPTED: "A high risk is left, and accepted",
    Outcome.NOT_NEEDED: "Not needed",
}
VIEWS = {
    View.AGREES: "Agrees",
    View.CONDITIONS: "Agrees with conditions",
    View.AGAINST: "Advises against",
}
# The label of each field, in the order of reading.
LABELS: Mapping[str, tuple[Section, str]] = {
    "title": (Section.PARTIES, "Title"),
    "recipient": (Section.PARTIES, "Organisation receiving the data"),
    "audience": (Section.PARTIES, "Whose data is shared"),
    "kind": (Section.PARTIES, "Type of agreement"),
    "roles": (Section.PARTIES, "Who is responsible for what"),
    "contact_name": (Section.PARTIES, "Contact at the organisation"),
    "contact_email": (Section.PARTIES, "Email address of the contact"),
    "purposes": (Section.PURPOSE, "Purpose"),
    "benefit": (Section.PURPOSE, "Benefits"),
    "form": (Section.ITEMS, "Type of data"),
    "items": (Section.ITEMS, "Information"),
    "special_category_condition": (Section.ITEMS, "Condition for special category data"),
    "schools": (Section.ITEMS, "Schools"),
    "lawful_basis": (Section.LAW, "Lawful basis"),
    "legal_gateway": (Section.LAW, "Legal gateway"),
    "dpia_reference": (
        Section.ASSESSMENT,
        "Reference of the data protection impact assessment (DPIA)",
    ),
    "dpia_outcome": (Section.ASSESSMENT, "Outcome of the DPIA"),
    "dpia_reason": (Section.ASSESSMENT, "Why the risk is accepted, or why no DPIA is needed"),
    "dpo_view": (Section.ASSESSMENT, "Data protection officer’s view"),
    "dpo_advice": (Section.ASSESSMENT, "What the data protection officer said"),
    "dpo_on": (Section.ASSESSMENT, "Date of their view"),
    "against_advice": (Section.ASSESSMENT, "Why it is signed against their advice"),
    "access": (Section.HANDLING, "Who can see the data"),
    "transfer": (Section.HANDLING, "How the data is transferred"),
    "sent_by": (Section.HANDLING, "File format"),
    "security": (Section.HANDLING, "How the data is kept safe"),
    "amendments": (Section.HANDLING, "Amendments: telling the organisation about changes"),
    "retention_months": (Section.KEEPING, "Retention period (months)"),
    "deletion": (Section.KEEPING, "How the data is deleted"),
    "rights": (Section.RIGHTS, "How people can use their rights and who responds"),
    "starts": (Section.DATES, "Start date"),
    "ends": (Section.DATES, "End date"),
    "review_on": (Section.DATES, "Next review date"),
    "at_end": (Section.DATES, "What happens at the end"),
    "signs_for_council": (Section.SIGNATORIES, "For the council"),
    "signs_for_recipient": (Section.SIGNATORIES, "For the organisation"),
    "threshold": (Section.STATISTICS, "Threshold (numbers below this are hidden)"),
    "statistics_profile": (Section.STATISTICS, "Method"),
    "statistics_zeros": (Section.STATISTICS, "Zeros"),
    "statistics_contributors": (
        Section.STATISTICS,
        "Schools and others who know their own numbers",
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Labels of organisations, purposes and items by their codes, and of schools by their URNs."""

    recipients: Mapping[str, str]
    purposes: Mapping[str, str]
    items: Mapping[str, str]
    schools: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """A term in words: `values`, pairs of code and label, for a list, else `text`; both empty where it
    is not provided."""

    field: str
    label: str
    text: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TermSection:
    """The terms of one section, under its heading; `code` is the section's."""

    code: str
    heading: str
    terms: Sequence[Term]


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """A term of two versions, its words in runs; one run an entry if `is_list`."""

    label: str
    runs: list[Run]
    is_list: bool

    @property
    def is_changed(self) -> bool:
        """Return whether the term differs."""
        return any(run.change is not Change.SAME for run in self.runs)


def sections_in_words(
    part: AgreementPart, words: Words, *, without: Collection[Section] = ()
) -> list[TermSection]:
    """Return all terms in words, by section; those about statistics only where they matter."""
    sections = []
    for section, heading in SECTIONS.items():
        if section in without or (section is Section.STATISTICS and part.form != "aggregate"):
            continue
        names = [name for name, (place, _) in LABELS.items() if place is section]
        terms = [term_in_words(name, part, words) for name in names]
        sections.append(TermSection(section.value, heading, terms))
    return sections


def changes(earlier: AgreementPart, later: AgreementPart, words: Words) -> list[ChangedTerm]:
    """Return the terms that differ between two versions, in the order of reading."""
    compared = (compare_term(name, earlier, later, words) for name in LABELS)
    return [term for term in compared if term.is_changed]


def compare_term(
    name: str, earlier: AgreementPart, later: AgreementPart, words: Words
) -> ChangedTerm:
    """Compare one term of two versions, by the name of its field."""
    old, new = term_in_words(name, earlier, words), term_in_words(name, later, words)
    is_list = bool(old.values or new.values)
    if is_list:
        runs = compare_labels(_as_labels(old), _as_labels(new))
    else:
        runs = words_in_line(old.text, new.text)
    return ChangedTerm(new.label, runs, is_list)


def _as_labels(term: Term) -> list[dict[str, str]]:
    values = term.values or ((("", term.text),) if term.text else ())
    return [{"code": code, "label": label} for code, label in values]


def term_in_words(name: str, part: AgreementPart, words: Words) -> Term:
    """Return one term in words, by the name of its field."""
    label = LABELS[name][1]
    value = getattr(part, name)
    if name == "schools":
        if value == "all":
            return Term(name, label, "All")
        return Term(name, label, values=tuple((urn, words.schools.get(urn, urn)) for urn in value))
    if name in ("purposes", "items"):
        labels: Mapping[str, str] = getattr(words, name)
        return Term(name, label, values=tuple((code, labels.get(code, code)) for code in value))
    if value in ("", None):
        return Term(name, label)
    return Term(name, label, _WORDING[name](value, words) if name in _WORDING else str(value))


_WORDING: Mapping[str, Callable[[Any, Words], str]] = {
    "recipient": lambda value, words: words.recipients.get(value, value),
    "audience": lambda value, words: Audience(value).label,
    "kind": lambda value, words: AgreementVersion.Kind(value).label,
    "form": lambda value, words: FORMS[value],
    "sent_by": lambda value, words: Way(value).label,
    "amendments": lambda value, words: AmendmentRate(value).label,
    "statistics_profile": lambda value, words: Profile(value).label,
    "statistics_zeros": lambda value, words: Zeros(value).label,
    "statistics_contributors": lambda value, words: Contributors(value).label,
    "dpia_outcome": lambda value, words: OUTCOMES[value],
    "dpo_view": lambda value, words: VIEWS[value],
    **dict.fromkeys(
        ("starts", "ends", "review_on", "dpo_on"), lambda value, words: in_words(value)
    ),
}
