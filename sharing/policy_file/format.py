"""The policy file as a whole, and its agreements' part: the shape of its JSON."""

from typing import Annotated, Literal

from consent.policy_format import SchemePart
from notices.policy_file.format import (
    ControllerPart,
    ItemPart,
    NoticePart,
    PurposePart,
    RecipientPart,
)
from privacy_portal.ground.files.documents import Part, one_of
from sharing.agreements.part import AgreementPart

FORMAT = "privacy-portal-policy"


class PolicyPart(Part):
    format: Annotated[str, one_of(FORMAT)]
    format_version: Literal[1]
    controller: ControllerPart
    items: list[ItemPart]
    purposes: list[PurposePart]
    recipients: list[RecipientPart]
    schemes: list[SchemePart]
    notices: list[NoticePart]
    agreements: list[AgreementPart]
