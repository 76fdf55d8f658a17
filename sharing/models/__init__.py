"""Agreements, releases waiting to go, and what was disclosed."""

from sharing.models.agreements import (
    AgreedItem,
    AgreedPurpose,
    Agreement,
    AgreementVersion,
    AmendmentRate,
    Contributors,
    Profile,
    Suspension,
    Way,
    Zeros,
)
from sharing.models.amendments import Amendment, AmendmentLink, AmendmentStep
from sharing.models.assurances import Assurance, AssuranceWithdrawal
from sharing.models.bases import ConfirmedBasis
from sharing.models.control import ControlResult, ControlRun, LogCheck, Resumption, ResumptionAnswer
from sharing.models.cover_sheets import CoverSheet
from sharing.models.disclosures import (
    Disclosure,
    DisclosureLine,
    KeepingStep,
    Recall,
    RecallStep,
    SignOff,
    Undone,
)
from sharing.models.figures import (
    CountedStretch,
    CountedWeek,
    SignedCount,
    StretchCount,
    WeekCount,
)
from sharing.models.incidents import Incident, IncidentStep, Override, OverrideStep, Restriction
from sharing.models.person_lines import PersonLine, PersonLineMark
from sharing.models.policy_changes import PolicyAnswer, PolicyChange
from sharing.models.policy_numbers import TwoFilesTerm
from sharing.models.pupil_lists import ListAnswer, ListRequest
from sharing.models.questions import DisclosureAnswer, DisclosureQuestion
from sharing.models.register import PublishedCount, PublishedMonth
from sharing.models.releases import (
    Finding,
    HeadingAssignment,
    Release,
    ReleaseDefinition,
    RowPermission,
)
from sharing.models.requests import (
    DataRequest,
    DataRequestStep,
    DecidedPupil,
    DecisionAnswer,
    RequestDecision,
    RequestDetails,
    RequestedPupil,
)
from sharing.models.samples import SampledDisclosure
from sharing.models.saved_filters import SavedFilter
from sharing.models.signing import AgreementEvent, Signing
from sharing.models.standing_lists import (
    DueDeletion,
    DueDeletionCount,
    UncountedSignOff,
    UnsignedDisclosure,
)
from sharing.models.statistics import CountsRelease
from sharing.models.templates import AgreementTemplate, TemplateUse, TemplateVersion
