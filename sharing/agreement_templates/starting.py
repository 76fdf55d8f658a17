"""Create an agreement from a template (A3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sharing.agreement_templates.filling import Vocabulary, as_the_template_says, values_of
from sharing.agreement_templates.part import TemplateTextPart
from sharing.agreements.part import AgreementPart, TemplateUsePart


@dataclass(frozen=True, slots=True)
class StartAnswers:
    """What an officer says of a new agreement; `values` are for the template's own variables."""

    reference: str
    recipient: str
    purposes: Sequence[str]
    starts: date
    ends: date
    review_on: date
    values: Mapping[str, str]


def first_terms(
    code: str, text: TemplateTextPart, answers: StartAnswers, vocabulary: Vocabulary
) -> AgreementPart:
    """Return the first terms of an agreement from the template of that code: what it says, filled with
    the answers."""
    own = dict(answers.values)
    part = AgreementPart(
        reference=answers.reference,
        version=1,
        title=text.terms.title,
        recipient=answers.recipient,
        audience=text.terms.audience,
        kind=text.terms.kind,
        form=text.terms.form,
        purposes=list(answers.purposes),
        items=list(text.terms.items),
        schools="all",
        starts=answers.starts,
        ends=answers.ends,
        signed_on=None,
        terminated_on=None,
        suspensions=[],
        lawful_basis="",
        legal_gateway="",
        special_category_condition="",
        retention_months=None,
        threshold=5,
        review_on=answers.review_on,
        template=TemplateUsePart(code=code, digest=text.digest(), values=own),
    )
    filled = as_the_template_says(part, text, values_of(part, own, vocabulary))
    return filled.model_copy(update={"purposes": part.purposes})
