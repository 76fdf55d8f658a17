"""Things of the policy in words, without queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consent.policy_format import SchemePart, SchoolPart
from notices.models import Audience
from notices.policy_file.format import (
    ControllerPart,
    ItemPart,
    NoticePart,
    PurposePart,
    RecipientPart,
)
from notices.policy_file.terms_format import LettersPart, NumbersPart
from privacy_portal.ground.days import in_words
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from sharing.assurances.part import AssurancePart
from sharing.models import Assurance, PolicyAnswer, PolicyChange
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind
NONE = "None"
STATUSES = {
    None: ("Waiting", "yellow"),
    PolicyAnswer.Kind.IN_FORCE: ("In force", "green"),
    PolicyAnswer.Kind.SENT_BACK: ("Sent back", "orange"),
    PolicyAnswer.Kind.WITHDRAWN: ("Withdrawn", "grey"),
}
# By kind: what a page calls one, several, and all of them.
WORDS: Mapping[str, tuple[str, str, str]] = {
    Kind.COUNCIL: ("council details", "council details", "Council details"),
    Kind.ORGANISATION: ("organisation", "organisations", "Organisations"),
    Kind.ITEM: ("information", "kinds of information", "Information"),
    Kind.PURPOSE: ("purpose", "purposes", "Purposes"),
    Kind.SCHEME: ("opt-out", "opt-outs", "Opt-outs"),
    Kind.NOTICE: ("privacy notice", "privacy notices", "Privacy notices"),
    Kind.SCHOOL: ("school", "schools", "Schools"),
    Kind.ASSURANCE: (
        "registration or certificate",
        "registrations and certificates",
        "Registrations and certificates",
    ),
    Kind.NUMBERS: ("keeping times and deadlines",) * 2 + ("Keeping times and deadlines",),
    Kind.LETTERS: ("texts of letters", "texts of letters", "Texts of letters"),
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    Kind.COUNCIL: {
        "name": "Name", "service": "Service", "la_number": "Local authority number",
        "website": "Website", "dpo": "Data protection officer", "enquiries": "Enquiries",
    },
    Kind.ORGANISATION: {
        "name": "Name", "kind": "Type", "website": "Website", "address": "Address",
        "opened": "Opened", "closed": "Closed", "successor": "Work taken over by", "group": "Group",
    },
    Kind.ITEM: {
        "label": "Name", "audience": "About", "headings": "Column headings",
        "identifying": "Identifies someone", "special_category": "Special category",
        "locating": "Tells where someone lives",
    },
    Kind.PURPOSE: {"label": "Name", "audience": "About"},
    Kind.SCHEME: {
        "title": "Name", "recipient": "Organisation", "purposes": "Applies to",
        "default": "Without a choice", "kind": "Ground", "min_age": "Shared from age",
        "below_age": "Shared until age", "self_age": "Pupils decide from age",
        "basic_items": "Basic details", "supplied_by": "Who shares",
        "legal_sections": "Sections of Acts", "child_may_refuse": "Children may refuse on the day",
    },
    Kind.NOTICE: {"title": "Title", "audience": "For"},
    Kind.SCHOOL: {
        "name": "Name", "laestab": "LAESTAB", "opened": "Opened", "closed": "Closed",
        "successor": "Pupils taken over by", "pupil_referral_unit": "Pupil referral unit",
    },
    Kind.ASSURANCE: {
        "recipient": "Organisation", "title": "What", "reference": "Reference", "issuer": "Issued by",
        "ends": "Last day", "mistake": "Recorded by mistake",
    },
    Kind.NUMBERS: {name: known.label for name, known in NUMBERS.items()},
    Kind.LETTERS: {name: known.label for name, known in TEXTS.items()},
}  # fmt: skip
_CHOICES = {
    "default": {"share": "Share", "withhold": "Do not share"},
    "kind": {"statutory": "By law", "programme": "By the programme"},
    "supplied_by": {"school": "The school", "authority": "The council"},
    "audience": dict(Audience.choices),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The names of what a thing refers to, by their codes."""

    items: Mapping[str, str]
    purposes: Mapping[str, str]
    organisations: Mapping[str, str]
    schools: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A value of a thing before and after a change, each as lines of text."""

    label: str
    before: Sequence[str]
    after: Sequence[str]

    @property
    def changed(self) -> bool:
        """Return whether it changes."""
        return self.before != self.after


def title_of(part: ThingPart) -> str:
    """Return the name of a thing."""
    if isinstance(part, SchemePart | NoticePart):
        return part.title
    if isinstance(part, ControllerPart | RecipientPart | SchoolPart):
        return part.name
    if isinstance(part, ItemPart | PurposePart):
        return part.label
    if isinstance(part, AssurancePart):
        return f"{part.name or Assurance.Kind(part.kind).label}, {part.reference}"
    return WORDS[Kind.NUMBERS if isinstance(part, NumbersPart) else Kind.LETTERS][2]


def title_in(values: Mapping[str, Any] | None) -> str:
    """Return the name of a thing in its JSON."""
    return (
        str(
            next(
                (values[key] for key in ("title", "label", "reference", "name") if key in values),
                "",
            )
        )
        if (values)
        else ""
    )


def change_title(change: PolicyChange) -> str:
    """Return what a change does: `Add an organisation: Mersey Care`."""
    one = WORDS[change.kind][0]
    if (change.wanted or {}).get("mistake"):
        return f"Withdraw {one}: {title_in(change.wanted)}"
    if not title_in(change.before or change.wanted):
        return f"Change {one}"
    if change.wanted is None:
        return f"Remove {one}: {title_in(change.before)}"
    if change.before is None:
        return f"Add {one}: {title_in(change.wanted)}"
    return f"Change {one}: {title_in(change.before)}"


def status_of(change: PolicyChange) -> tuple[str, str]:
    """Return what became of a change, as the text of a tag and its colour."""
    answer = getattr(change, "answer", None)
    return STATUSES[PolicyAnswer.Kind(answer.kind) if answer else None]


def lines_of(
    kind: str, before: ThingPart | None, after: ThingPart | None, names: Names
) -> list[Line]:
    """Return each value of a thing as it was and as it would be."""
    return [
        Line(label, _value(before, name, names), _value(after, name, names))
        for name, label in _LABELS[kind].items()
    ]


def _value(part: ThingPart | None, name: str, names: Names) -> list[str]:
    if part is None:
        return []
    if isinstance(part, NumbersPart):
        known = NUMBERS[name]
        number = part.numbers.get(name, known.usual)  # one that came later is in no older draft
        return [f"{number} {known.unit.removesuffix('s') if number == 1 else known.unit}"]
    if isinstance(part, LettersPart):
        return [part.texts.get(name, TEXTS[name].usual) or NONE]
    if isinstance(part, AssurancePart) and name == "title":
        return [part.name or str(Assurance.Kind(part.kind).label)]
    value = getattr(part, name)
    if name == "successor" and isinstance(part, SchoolPart) and value:
        return [names.schools.get(value, value)]
    if name in ("dpo", "enquiries"):
        contact = [value.role, value.address, value.phone, value.email]
        return list(filter(None, contact)) or [NONE]
    if isinstance(value, bool):
        return ["Yes" if value else "No"]
    if isinstance(value, date):
        return [in_words(value)]
    if isinstance(value, list):
        return _names_of(part, name, value, names)
    if name in ("recipient", "successor") and value:
        return [names.organisations.get(value, value)]
    if name in _CHOICES and not (name == "kind" and isinstance(part, RecipientPart)):
        return [_CHOICES[name][value]]
    return [NONE if value in (None, "") else str(value)]


def _names_of(part: ThingPart, name: str, codes: Sequence[str], names: Names) -> list[str]:
    if name == "purposes":
        return [names.purposes.get(code, code) for code in codes] or ["Every purpose"]
    if name == "basic_items":
        return [names.items.get(code, code) for code in codes] or [NONE]
    if isinstance(part, ItemPart | SchemePart):
        return list(codes) or [NONE]
    return list(codes)
