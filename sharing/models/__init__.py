"""Agreements, releases waiting to go, and what was disclosed."""

from sharing.models.agreements import (
    AgreedItem,
    AgreedPurpose,
    Agreement,
    AgreementVersion,
    Suspension,
)
from sharing.models.disclosures import Disclosure, DisclosureLine, Recall, RecallStep
from sharing.models.releases import Finding, Release

__all__ = [
    "AgreedItem",
    "AgreedPurpose",
    "Agreement",
    "AgreementVersion",
    "Disclosure",
    "DisclosureLine",
    "Finding",
    "Recall",
    "RecallStep",
    "Release",
    "Suspension",
]
