"""The templates' part of a policy file: the shape of its JSON."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from notices.policy_file.format import AudienceCode, Slug, Text
from privacy_portal.ground.files.documents import Part, one_of
from privacy_portal.ground.log.canonical import canonical
from sharing.agreements.part import FormCode, KindCode, Months, Threshold
from sharing.models.agreements import Contributors, Profile, Way, Zeros

VariableName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*( [a-z0-9]+)*$", max_length=40)
]


class VariablePart(Part):
    """A variable of the template's own: what an officer is asked when they fill it in."""

    name: VariableName
    label: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    hint: str = ""


class TemplateTermsPart(Part):
    """The terms that a template gives, by the names that an agreement has for them. What is left out,
    or empty, is left open. Texts may have variables: `{organisation}`, `{review date}`."""

    title: Text
    audience: AudienceCode
    kind: KindCode
    form: FormCode
    purposes: list[str] = []
    items: list[str] = []
    lawful_basis: str = ""
    legal_gateway: str = ""
    special_category_condition: str = ""
    retention_months: Months | None = None
    threshold: Threshold | None = None
    roles: str = ""
    benefit: str = ""
    access: str = ""
    transfer: str = ""
    sent_by: Annotated[str, one_of("", *(way.value for way in Way))] = ""
    security: str = ""
    deletion: str = ""
    rights: str = ""
    at_end: str = ""
    signs_for_council: str = ""
    signs_for_recipient: str = ""
    statistics_profile: Annotated[str, one_of("", *(profile.value for profile in Profile))] = ""
    statistics_zeros: Annotated[str, one_of("", *(zeros.value for zeros in Zeros))] = ""
    statistics_contributors: Annotated[
        str, one_of("", *(value.value for value in Contributors))
    ] = ""

    def given(self) -> dict[str, Any]:
        """Return the terms that the template gives, by their names."""
        return {name: getattr(self, name) for name in TERMS if getattr(self, name) not in _OPEN}

    def texts(self) -> dict[str, str]:
        """Return the texts that may have variables, by the names of their terms."""
        return {name: value for name, value in self.given().items() if name in TEXTS}


_OPEN: tuple[object, ...] = ("", None, [])
TERMS = tuple(TemplateTermsPart.model_fields)
_CODES = {
    "audience",
    "kind",
    "form",
    "sent_by",
    "statistics_profile",
    "statistics_zeros",
    "statistics_contributors",
}
TEXTS = tuple(
    name
    for name, field in TemplateTermsPart.model_fields.items()
    if name not in _CODES and field.annotation in (str, Text)
)


class TemplateTextPart(Part):
    """What a template says: for whom it is, its variables, and its terms."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    about: str = ""
    variables: list[VariablePart] = []
    terms: TemplateTermsPart

    def content(self) -> Mapping[str, object]:
        """Return it as JSON has it, without what is left open, so that new keys change no old text."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def digest(self) -> str:
        """Return the SHA-256 of what it says."""
        return hashlib.sha256(canonical(self.text().content())).hexdigest()

    def text(self) -> "TemplateTextPart":
        """Return what it says, without what else a file has of it."""
        return TemplateTextPart(
            **{name: getattr(self, name) for name in TemplateTextPart.model_fields}
        )


class TemplatePart(TemplateTextPart):
    """A template; `earlier` are other texts that it had, oldest first, from which agreements may have
    been made. A `withdrawn` one is not offered any more."""

    code: Slug
    withdrawn: bool = False
    earlier: Annotated[list[TemplateTextPart], Field(max_length=1_000)] = []
