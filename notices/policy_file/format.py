"""The notices' part of a policy file: the shape of its JSON."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from notices.languages import LANGUAGES
from privacy_portal.ground.files.documents import Part, one_of

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
Day = Annotated[date, Field(strict=False)]
AudienceCode = Annotated[str, one_of("pupil", "workforce")]


def _web_address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError(f"{text!r} must start with http:// or https://")
    return text


# What pages link to: no other kind of address, such as one that runs a script.
Website = Annotated[str, AfterValidator(_web_address)]


class ContactPart(Part):
    role: Text
    address: str
    phone: str
    email: str


class ControllerPart(Part):
    name: Text
    service: str
    la_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}$")]
    website: Website
    dpo: ContactPart
    enquiries: ContactPart


class ItemPart(Part):
    code: Code
    label: Text
    audience: AudienceCode
    identifying: bool
    special_category: bool
    locating: bool = False
    headings: list[Text]


class PurposePart(Part):
    code: Code
    label: Text
    audience: AudienceCode


def _one_space(text: str) -> str:
    return " ".join(text.split())


GroupName = Annotated[str, StringConstraints(max_length=100), AfterValidator(_one_space)]


class RecipientPart(Part):
    code: Slug
    name: Text
    kind: str
    website: Website
    address: str
    opened: Day | None
    closed: Day | None
    successor: str | None
    # A parent company or one team that works with the data of several; the same name is one group.
    group: GroupName = ""


class SectionPart(Part):
    element: Text
    heading: Text
    scheme: str = ""
    body: Text


class NamedRecipientPart(Part):
    recipient: str
    purposes: list[str]
    items: list[str]
    legal_duty: str = ""


class NotApplicablePart(Part):
    element: Text
    reason: Text


class TranslatedSectionPart(Part):
    """The translation of the section at the place `of` (from 0); not `current`: the English moved on."""

    of: Annotated[int, Field(ge=0, le=10_000)]
    heading: Text
    body: Text
    current: bool = True


class TranslationPart(Part):
    language: Annotated[str, one_of(*LANGUAGES)]
    title: Text
    sections: list[TranslatedSectionPart]
    young_summary: str = ""
    young_summary_current: bool = True
    words: dict[str, Text] = {}


class NoticeVersionPart(Part):
    number: Annotated[int, Field(ge=1, le=10_000)]
    status: Annotated[str, one_of("draft", "published", "withdrawn")]
    effective_from: Day | None
    summary: str
    sections: list[SectionPart]
    recipients: list[NamedRecipientPart]
    not_applicable: list[NotApplicablePart] = []
    young_summary: str = ""
    translations: list[TranslationPart] = []


class NoticePart(Part):
    slug: Slug
    title: Text
    audience: AudienceCode
    versions: list[NoticeVersionPart]
