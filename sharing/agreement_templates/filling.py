"""Templates of agreements filled with what an agreement says, and compared with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notices.comparing import Run
from notices.queries import controller, item_labels, purpose_labels, recipients
from privacy_portal.ground.days import in_words
from privacy_portal.ground.ui.environment import lower_first, series
from sharing.agreement_templates.part import TEXTS, TemplateTextPart
from sharing.agreement_templates.rules import filled
from sharing.agreements.part import ASSESSMENT, AgreementPart
from sharing.agreements.rules import Section
from sharing.agreements.terms import LABELS, Words, compare_term

# The most characters of terms of one line.
LONGEST = {"title": 300, "signs_for_council": 300, "signs_for_recipient": 300}


class State(StrEnum):
    """How a term of an agreement stands to its template."""

    SAME = "same"
    DIFFERENT = "different"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class TermBesideTemplate:
    """A term beside what the template says of it: words only in the template are removed runs, those
    only in the agreement added ones."""

    state: State
    label: str
    runs: Sequence[Run]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words for codes in texts, and the name of the council."""

    words: Words
    council: str


def load_vocabulary() -> Vocabulary:
    """Load the words that variables are filled with; 4 queries."""
    names = {recipient.code: recipient.name for recipient in recipients()}
    authority = controller()
    return Vocabulary(
        Words(names, purpose_labels(), item_labels(), {}), authority.name if authority else ""
    )


def values_of(
    part: AgreementPart, own: Mapping[str, str], vocabulary: Vocabulary
) -> dict[str, str]:
    """Return what the variables of a template are filled with for an agreement: `own` for those of the
    template, the terms for all others; none for what the agreement does not say yet."""
    words = vocabulary.words
    values = {
        "council": vocabulary.council,
        "organisation": words.recipients.get(part.recipient, ""),
        "reference": part.reference,
        "purpose": _listed(part.purposes, words.purposes),
        "information": _listed(part.items, words.items),
        "start date": in_words(part.starts),
        "end date": in_words(part.ends),
        "review date": in_words(part.review_on) if part.review_on else "",
        **own,
    }
    return {name: value for name, value in values.items() if value}


def _listed(codes: Sequence[str], labels: Mapping[str, str]) -> str:
    return series([lower_first(labels.get(code, code).rstrip(".")) for code in codes])


def as_the_template_says(
    part: AgreementPart, text: TemplateTextPart, values: Mapping[str, str]
) -> AgreementPart:
    """Return the terms with those that the template gives, filled; what it leaves open stays."""
    given = {
        name: filled(value, values) if name in TEXTS else value
        for name, value in text.terms.given().items()
    }
    return part.model_copy(update=given)


def too_long(part: AgreementPart) -> list[str]:
    """Return the terms of one line that have become too long, by their fields."""
    return [name for name, most in LONGEST.items() if len(getattr(part, name)) > most]


def compare(
    part: AgreementPart, text: TemplateTextPart, vocabulary: Vocabulary
) -> list[TermBesideTemplate]:
    """Compare an agreement, term by term, with a template filled with what the agreement says today, so
    that a text that still has an old date or purpose differs."""
    own = part.template.values if part.template else {}
    template = as_the_template_says(part, text, values_of(part, own, vocabulary))
    given = text.terms.given()
    compared = []
    for name, (section, _) in LABELS.items():
        if name in ASSESSMENT or (section is Section.STATISTICS and part.form != "aggregate"):
            continue
        term = compare_term(name, template, part, vocabulary.words)
        state = State.DIFFERENT if term.is_changed else State.SAME
        compared.append(
            TermBesideTemplate(
                state if name in given else State.OPEN, term.label, term.runs, term.is_list
            )
        )
    return compared
