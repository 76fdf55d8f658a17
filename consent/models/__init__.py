"""Schemes, schools, pupils, and the decisions of people (rulebook C)."""

from consent.models.decisions import Decision, Invalidation
from consent.models.people import FormerName, Pupil, PupilUpn, School, SchoolStaff
from consent.models.requests import (
    OptOutRequest,
    RequestStep,
    StepKind,
    Submission,
    UnconfirmedOptOut,
)
from consent.models.schemes import BasicItem, Scheme, SchemePurpose

__all__ = [
    "BasicItem",
    "Decision",
    "FormerName",
    "Invalidation",
    "OptOutRequest",
    "Pupil",
    "PupilUpn",
    "RequestStep",
    "Scheme",
    "SchemePurpose",
    "School",
    "SchoolStaff",
    "StepKind",
    "Submission",
    "UnconfirmedOptOut",
]
