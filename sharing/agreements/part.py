"""The agreements' part of a policy file: the shape of its JSON."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from notices.policy_file.format import AudienceCode, Day, Text
from privacy_portal.ground.files.documents import Part, one_of
from sharing.assessment_rules import Outcome, View
from sharing.basis_rules import BASES
from sharing.models.agreements import AmendmentRate, Contributors, Profile, Way, Zeros

Reference = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=50)
]


Urn = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
KindCode = Annotated[
    str, one_of("controller-to-controller", "joint-controllers", "processor-contract")
]
FormCode = Annotated[str, one_of("named", "pseudonymised", "aggregate")]
Months = Annotated[int, Field(ge=0, le=1_200)]
Threshold = Annotated[int, Field(ge=1, le=10_000)]


class SuspensionPart(Part):
    """`from` and `to` are both included; without `to` it lasts until lifted. The day before `from`
    is the `to` of one that was lifted on the day it began, and so never held."""

    model_config = ConfigDict(populate_by_name=True)

    first: Day = Field(alias="from")
    last: Day | None = Field(alias="to", default=None)


def _schools(value: object) -> object:
    if value != "all" and not isinstance(value, list):
        raise ValueError('must be "all" or a list of URNs')
    return value


def _amendments(value: object) -> object:
    if isinstance(value, bool):
        return AmendmentRate.AS_NEEDED.value if value else ""
    return value


# What the council keeps about an agreement beside the terms that both sides sign.
ASSESSMENT = frozenset(
    {
        "dpia_reference",
        "dpia_outcome",
        "dpia_reason",
        "dpo_view",
        "dpo_advice",
        "dpo_on",
        "against_advice",
    }
)


class TemplateUsePart(Part):
    """The template that an agreement was made from: its code, the SHA-256 of what it said then, and what
    the template's own variables were filled with."""

    code: str
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    values: dict[str, str] = {}


class AgreementPart(Part):
    reference: Reference
    version: Annotated[int, Field(ge=1, le=10_000)]
    title: Text
    recipient: str
    audience: AudienceCode
    kind: KindCode
    form: FormCode
    purposes: list[str]
    items: list[str]
    schools: Annotated[Literal["all"] | list[Urn], BeforeValidator(_schools)]
    starts: Day
    ends: Day
    signed_on: Day | None
    terminated_on: Day | None
    suspensions: list[SuspensionPart]
    lawful_basis: str
    legal_gateway: str
    special_category_condition: str
    retention_months: Months | None
    threshold: Threshold
    review_on: Day | None
    # What the ICO's list asks for besides; a file may leave it out.
    roles: str = ""
    contact_name: str = ""
    contact_email: str = ""
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
    # How soon the recipient is told of changes; `true` stands for the first way, `false` for none.
    amendments: Annotated[
        str,
        one_of("", *(rate.value for rate in AmendmentRate)),
        BeforeValidator(_amendments),
    ] = ""
    # The data protection impact assessment, and the data protection officer's view of the agreement.
    dpia_reference: Annotated[str, StringConstraints(max_length=200)] = ""
    dpia_outcome: Annotated[str, one_of("", *Outcome)] = ""
    dpia_reason: str = ""
    dpo_view: Annotated[str, one_of("", *View)] = ""
    dpo_advice: str = ""
    dpo_on: Day | None = None
    against_advice: str = ""
    # From which text of which template it was made; no term either.
    template: TemplateUsePart | None = None
    # The letter of UK GDPR Article 6(1), beside the text: no term, so not among what is signed.
    lawful_basis_code: Annotated[str, one_of("", *BASES)] = Field(default="", exclude=True)
    statistics_profile: Annotated[str, one_of(*(profile.value for profile in Profile))] = (
        Profile.HIDE_BELOW_THRESHOLD
    )
    # Whether zeros are telling, and whether those who know their own numbers are thought of.
    statistics_zeros: Annotated[str, one_of(*(zeros.value for zeros in Zeros))] = Zeros.SHOW
    statistics_contributors: Annotated[str, one_of(*(value.value for value in Contributors))] = (
        Contributors.TRUST
    )

    @model_validator(mode="after")
    def _ncmp_hides_nothing(self) -> Self:
        if self.statistics_profile == Profile.NCMP_2020 and self.hides_more:
            raise ValueError(
                "ncmp-2020 hides nothing: leave statistics_zeros and statistics_contributors out"
            )
        return self

    @property
    def hides_more(self) -> set[str]:
        """Return the names of the terms by which more is hidden in tables than without them."""
        return {
            name
            for name, usual in (
                ("statistics_zeros", Zeros.SHOW),
                ("statistics_contributors", Contributors.TRUST),
            )
            if getattr(self, name) != usual
        }
