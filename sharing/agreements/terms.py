"""The terms of an agreement with the words they are known by, on pages, in forms and in PDF."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notices.comparing import Change, Run, compare_labels, words_in_line
from notices.models import Audience
from privacy_portal.ground.days import in_words
from sharing.agreements.part import AgreementPart
from sharing.agreements.rules import Section
from sharing.models import AgreementVersion, Profile, Way

SECTIONS: Mapping[Section, str] = {
    Section.PARTIES: "The parties",
    Section.PURPOSE: "Purpose and benefit",
    Section.ITEMS: "Information that is shared",
    Section.LAW: "The law",
    Section.HANDLING: "Access, transfer and security",
    Section.KEEPING: "Keeping and deleting",
    Section.RIGHTS: "People’s rights",
    Section.DATES: "Dates, review and end",
    Section.SIGNATORIES: "Who signs",
    Section.STATISTICS: "Tables of counts",
}
FORMS = {
    "named": "A row for each person, with names",
    "pseudonymised": "A row for each person, nothing that says who it is",
    "aggregate": "Tables of counts only",
}
# Every field's name and label, in the order of reading.
LABELS: Mapping[str, tuple[Section, str]] = {
    "title": (Section.PARTIES, "Title"),
    "recipient": (Section.PARTIES, "Organisation that gets the data"),
    "audience": (Section.PARTIES, "Whose data it is"),
    "kind": (Section.PARTIES, "Kind of agreement"),
    "roles": (Section.PARTIES, "Who is responsible for what"),
    "contact_name": (Section.PARTIES, "Contact at the organisation"),
    "contact_email": (Section.PARTIES, "Email address of the contact"),
    "purposes": (Section.PURPOSE, "What the data is for"),
    "benefit": (Section.PURPOSE, "What good it does"),
    "form": (Section.ITEMS, "Form"),
    "items": (Section.ITEMS, "Information"),
    "special_category_condition": (Section.ITEMS, "Condition for special category information"),
    "schools": (Section.ITEMS, "Schools"),
    "lawful_basis": (Section.LAW, "Lawful basis"),
    "legal_gateway": (Section.LAW, "Legal gateway"),
    "access": (Section.HANDLING, "Who can see the data"),
    "transfer": (Section.HANDLING, "How the data gets there"),
    "sent_by": (Section.HANDLING, "How files are sent"),
    "security": (Section.HANDLING, "How the data is kept safe"),
    "retention_months": (Section.KEEPING, "Months the data is kept"),
    "deletion": (Section.KEEPING, "How it is deleted"),
    "rights": (Section.RIGHTS, "How people use their rights, and who answers"),
    "starts": (Section.DATES, "First day"),
    "ends": (Section.DATES, "Last day"),
    "review_on": (Section.DATES, "Next review"),
    "at_end": (Section.DATES, "What happens at the end"),
    "signs_for_council": (Section.SIGNATORIES, "For the council"),
    "signs_for_recipient": (Section.SIGNATORIES, "For the organisation"),
    "threshold": (Section.STATISTICS, "Threshold: smaller counts are not shown"),
    "statistics_profile": (Section.STATISTICS, "Method"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The labels of what a policy knows by code: organisations, purposes, items, schools by URN."""

    recipients: Mapping[str, str]
    purposes: Mapping[str, str]
    items: Mapping[str, str]
    schools: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """A term in words: `listed` where it is a list, else `text`; both empty where nothing is said."""

    field: str
    label: str
    text: str = ""
    listed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedTerm:
    """A term that differs between two versions, its words in runs; `listed`: one run an entry."""

    label: str
    runs: list[Run]
    listed: bool


def in_words_of(part: AgreementPart, words: Words) -> list[tuple[Section, str, list[Term]]]:
    """All terms by section, each in words; those of tables of counts only where they matter."""
    found = []
    for section, heading in SECTIONS.items():
        if section is Section.STATISTICS and part.form != "aggregate":
            continue
        terms = [_term(name, part, words) for name, (of, _) in LABELS.items() if of is section]
        found.append((section, heading, terms))
    return found


def changes(earlier: AgreementPart, later: AgreementPart, words: Words) -> list[ChangedTerm]:
    """What differs between two versions, in the order of reading."""
    found = []
    for name in LABELS:
        old, new = _term(name, earlier, words), _term(name, later, words)
        if old.listed or new.listed:
            runs = compare_labels(_as_labels(old), _as_labels(new))
        else:
            runs = words_in_line(old.text, new.text)
        if any(run.change is not Change.SAME for run in runs):
            found.append(ChangedTerm(new.label, runs, bool(old.listed or new.listed)))
    return found


def _as_labels(term: Term) -> list[dict[str, str]]:
    listed = term.listed or ((("", term.text),) if term.text else ())
    return [{"code": code, "label": label} for code, label in listed]


def _term(name: str, part: AgreementPart, words: Words) -> Term:
    label = LABELS[name][1]
    value = getattr(part, name)
    if name == "schools":
        if value == "all":
            return Term(name, label, "All")
        return Term(name, label, listed=tuple((urn, words.schools.get(urn, urn)) for urn in value))
    if name in ("purposes", "items"):
        known: Mapping[str, str] = getattr(words, name)
        return Term(name, label, listed=tuple((code, known.get(code, code)) for code in value))
    return Term(name, label, "" if value in ("", None) else _SHOWN.get(name, _plain)(value, words))


def _plain(value: Any, words: Words) -> str:
    return str(value)


def _day(value: Any, words: Words) -> str:
    return in_words(value)


_SHOWN: Mapping[str, Callable[[Any, Words], str]] = {
    "recipient": lambda value, words: words.recipients.get(value, value),
    "audience": lambda value, words: Audience(value).label,
    "kind": lambda value, words: AgreementVersion.Kind(value).label,
    "form": lambda value, words: FORMS[value],
    "sent_by": lambda value, words: Way(value).label,
    "statistics_profile": lambda value, words: Profile(value).label,
    "starts": _day,
    "ends": _day,
    "review_on": _day,
}
