"""The policy file as a whole, and its agreements' part: the shape of its JSON."""

from typing import Annotated, Literal

from pydantic import Field

from consent.policy_format import SchemePart, SchoolPart
from notices.policy_file import format as notices_format
from notices.policy_file.terms_format import Numbers, Texts
from privacy_portal.ground.files.documents import Part, one_of
from sharing.agreement_templates.part import TemplatePart
from sharing.agreements.part import AgreementPart
from sharing.assurances.part import AssurancePart

FORMAT = "privacy-portal-policy"


class PolicyPart(Part):
    format: Annotated[str, one_of(FORMAT)]
    format_version: Literal[1]
    controller: notices_format.ControllerPart
    items: list[notices_format.ItemPart]
    purposes: list[notices_format.PurposePart]
    recipients: list[notices_format.RecipientPart]
    schemes: list[SchemePart]
    notices: list[notices_format.NoticePart]
    agreements: list[AgreementPart]
    # A file may leave these out: what is stored stays.
    templates: list[TemplatePart] = []
    # Within how many days a file is compared with what its recipient got (D, two files together).
    two_files_within_days: Annotated[int, Field(ge=1, le=3_660)] | None = None
    schools: list[SchoolPart] = []
    # What organisations rely on; withdrawn ones and those of before are not in a file.
    assurances: list[AssurancePart] = []
    # Keeping times and deadlines, and texts of letters, that are not as usual, by name.
    numbers: Numbers = {}
    letters: Texts = {}
