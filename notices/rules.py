"""Rules about notices (docs/rulebook.md, N), as pure functions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Version:
    """What rule N2 needs of a version; `published` is false for drafts and withdrawn ones."""

    number: int
    published: bool
    effective_from: date | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A version in force: the items it lists for each recipient and purpose, all by code."""

    slug: str
    number: int
    table: Mapping[tuple[str, str], frozenset[str]]

    @property
    def reference(self) -> str:
        """Return `slug/number`, as decisions and the log name it."""
        return f"{self.slug}/{self.number}"

    def names(self, recipient: str, purpose: str) -> bool:
        """Return whether it names this recipient with this purpose."""
        return (recipient, purpose) in self.table

    def items(self, recipient: str, purpose: str) -> frozenset[str]:
        """Return the items for this recipient and purpose; empty if it does not name them."""
        return self.table.get((recipient, purpose), frozenset())


def in_force(versions: Iterable[Version], on: date) -> Version | None:
    """N2 Return the published version with the latest effective date on or before a date; on a tie
    the higher number."""
    reached = [
        (version.effective_from, version.number, version)
        for version in versions
        if version.published and version.effective_from is not None and version.effective_from <= on
    ]
    return max(reached, key=lambda candidate: candidate[:2])[2] if reached else None


def last_day(version: Version, versions: Iterable[Version]) -> date | None:
    """N2 Return the last day on which a published version is in force; None while no other follows,
    and for one that another replaced on its first day."""
    if version.effective_from is None:
        return None
    following = [
        later.effective_from
        for later in versions
        if later.published
        and later.effective_from is not None
        and (later.effective_from, later.number) > (version.effective_from, version.number)
    ]
    first = min(following, default=version.effective_from)
    return first - timedelta(days=1) if first > version.effective_from else None


class Element(StrEnum):
    """What UK GDPR Articles 13 and 14 ask a notice to tell (N3); `opt_out` explains a scheme."""

    CONTROLLER = "controller"
    DPO = "dpo"
    PURPOSES = "purposes"
    LAWFUL_BASIS = "lawful_basis"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    CATEGORIES = "categories"
    RECIPIENTS = "recipients"
    TRANSFERS = "transfers"
    RETENTION = "retention"
    RIGHTS = "rights"
    COMPLAINTS = "complaints"
    SOURCE = "source"
    STATUTORY = "statutory"
    AUTOMATED_DECISIONS = "automated_decisions"
    OPT_OUT = "opt_out"
    OTHER = "other"


ELEMENT_SENTENCES: Mapping[Element, str] = {
    Element.CONTROLLER: "Who we are and how to contact us",
    Element.DPO: "How to contact the data protection officer",
    Element.PURPOSES: "How we use information",
    Element.LAWFUL_BASIS: "The lawful basis of each use",
    Element.LEGITIMATE_INTERESTS: "The legitimate interests, if any use rests on them",
    Element.CATEGORIES: "What information we hold",
    Element.RECIPIENTS: "Who we share information with",
    Element.TRANSFERS: "Sending information abroad and keeping it safe",
    Element.RETENTION: "How long we keep information",
    Element.RIGHTS: "People’s rights",
    Element.COMPLAINTS: "How to complain, to the council and to the Information Commissioner",
    Element.SOURCE: "Where we get information from",
    Element.STATUTORY: "Whether people have to give information, and what happens if they do not",
    Element.AUTOMATED_DECISIONS: "Automated decisions",
    Element.OPT_OUT: "How to opt out",
    Element.OTHER: "Other",
}
REQUIRED_ELEMENTS = tuple(
    element for element in Element if element not in (Element.OPT_OUT, Element.OTHER)
)


def element_of(code: str) -> Element | None:
    """Return the element with this code; None for a code of an earlier policy that is none of them."""
    return next((element for element in Element if element.value == code), None)


@dataclass(frozen=True, slots=True)
class DraftSection:
    """What N3 needs of a section: which element it meets, which scheme it explains."""

    element: str
    scheme: str
    blank: bool


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of the table in a draft, all by code; `key` is how its editor finds it."""

    key: int
    recipient: str
    name: str
    purposes: frozenset[str]
    items: frozenset[str]
    legal_duty: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as N3 looks at it; `not_applicable` gives the reason for each element so marked."""

    effective_from: date | None
    summary: str
    sections: tuple[DraftSection, ...]
    not_applicable: Mapping[str, str]
    lines: tuple[DraftLine, ...]


@dataclass(frozen=True, slots=True)
class OfferedScheme:
    """An opt-out offered for a recipient; no purposes means all."""

    code: str
    title: str
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What N3 needs besides the draft: each recipient's scheme, and who has an agreement in force.

    `agreed` are the recipients with an agreement in force on the draft's effective day.
    """

    schemes: Mapping[str, OfferedScheme]
    agreed: frozenset[str]


class Place(StrEnum):
    """The part of a draft that a missing thing belongs to."""

    DETAILS = "details"
    ELEMENT = "element"
    LINE = "line"
    SCHEME = "scheme"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps a draft from being published: where it belongs, and what it is.

    `key` is the element's code, the line's key or the scheme's code.
    """

    place: Place
    key: str
    sentence: str


def missing(draft: Draft, around: Surroundings, today: date) -> list[Missing]:
    """N3 Publishing needs every element of the Art. 13/14 list present or marked not applicable with
    a reason, the opt-out section of each scheme, and for each recipient an agreement in force on
    the effective day or a stated legal duty."""
    return [
        *_missing_details(draft, today),
        *_missing_elements(draft),
        *_missing_in_lines(draft, around),
        *_missing_opt_outs(draft, around),
    ]


def _missing_details(draft: Draft, today: date) -> Iterator[Missing]:
    if draft.effective_from is None:
        yield Missing(
            Place.DETAILS, "effective_from", "Enter the date this version comes into force."
        )
    elif draft.effective_from < today:
        sentence = "Date must be today or in the future."
        yield Missing(Place.DETAILS, "effective_from", sentence)
    if not draft.summary.strip():
        yield Missing(Place.DETAILS, "summary", "Enter a summary of changes.")


def _missing_elements(draft: Draft) -> Iterator[Missing]:
    present = {section.element for section in draft.sections if not section.blank}
    for element in REQUIRED_ELEMENTS:
        if element not in present and not draft.not_applicable.get(element, "").strip():
            sentence = (
                f"{ELEMENT_SENTENCES[element]}: there is no section about this. "
                "Add one or mark it as not applicable."
            )
            yield Missing(Place.ELEMENT, element.value, sentence)


def _missing_in_lines(draft: Draft, around: Surroundings) -> Iterator[Missing]:
    for line in draft.lines:
        wrong = []
        if not line.purposes:
            wrong.append(f"{line.name}: select a purpose.")
        if not line.items:
            wrong.append(f"{line.name}: select what we can share.")
        if line.recipient not in around.agreed and not line.legal_duty.strip():
            wrong.append(
                f"{line.name}: there is no agreement in force on that date. "
                "Enter the law that requires sharing, or remove this organisation."
            )
        yield from (Missing(Place.LINE, str(line.key), sentence) for sentence in wrong)


def _missing_opt_outs(draft: Draft, around: Surroundings) -> Iterator[Missing]:
    explained = {section.scheme for section in draft.sections if not section.blank}
    named: dict[str, set[str]] = defaultdict(set)
    for line in draft.lines:
        named[line.recipient] |= line.purposes
    for recipient, purposes in named.items():
        scheme = around.schemes.get(recipient)
        if scheme is None or scheme.code in explained:
            continue
        if not scheme.purposes or scheme.purposes & purposes:
            sentence = f"{scheme.title}: add a section about how to opt out."
            yield Missing(Place.SCHEME, scheme.code, sentence)


def may_publish(last_editor: int | None, by: int) -> bool:
    """N4 Return whether someone may publish a draft: not if they edited it last."""
    return last_editor != by


def may_withdraw(version: Version, today: date) -> bool:
    """N2 Return whether a version can be withdrawn: only a published one that is not in force yet."""
    return bool(
        version.published and version.effective_from is not None and version.effective_from > today
    )
