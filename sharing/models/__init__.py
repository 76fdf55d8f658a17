"""Agreements, releases waiting to go, and what was disclosed."""

from sharing.models.agreements import (
    AgreedItem,
    AgreedPurpose,
    Agreement,
    AgreementVersion,
    Profile,
    Suspension,
    Way,
)
from sharing.models.disclosures import Disclosure, DisclosureLine, Recall, RecallStep
from sharing.models.releases import Finding, Release
from sharing.models.signing import AgreementEvent, Signing

__all__ = [
    "AgreedItem",
    "AgreedPurpose",
    "Agreement",
    "AgreementEvent",
    "AgreementVersion",
    "Disclosure",
    "DisclosureLine",
    "Finding",
    "Profile",
    "Recall",
    "RecallStep",
    "Release",
    "Signing",
    "Suspension",
    "Way",
]
