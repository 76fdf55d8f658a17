"""The tables of notices: words for what is shared, versions, who is told, what is reported."""

from notices.models.following import Subscriber, SubscriptionRequest
from notices.models.reports import Concerns, Outcome, Report, ReportKind, ReportStep, StepKind
from notices.models.versions import (
    DraftEdit,
    NamedItem,
    NamedPurpose,
    NamedRecipient,
    NotApplicable,
    Notice,
    NoticeVersion,
    Publication,
    Section,
    TranslatedSection,
    Translation,
    VersionStatus,
    Withdrawal,
)
from notices.models.vocabulary import (
    Audience,
    Contact,
    Controller,
    Item,
    ItemHeading,
    Purpose,
    Recipient,
)
