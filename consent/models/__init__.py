"""Schemes, schools, pupils, and the decisions of people (docs/rulebook.md, C)."""

from consent.models.decisions import (
    Acknowledgement,
    Decision,
    Invalidation,
    Ruling,
    RulingTold,
    Telling,
    Verification,
)
from consent.models.identities import SameChildAnswer, SameChildQuestion, WaitingMove
from consent.models.keeping import ErasureAnswer, ErasureWish, Hold, HoldEnd
from consent.models.keying import Scan, SecondLook
from consent.models.letters import LetterCode, LetterKind, LetterRun
from consent.models.merges import (
    MergeAnswer,
    MergedDecision,
    MergedUpn,
    MergeProposal,
    MergeUndone,
    PupilMerge,
)
from consent.models.people import (
    HIDDEN,
    FormerName,
    Home,
    Pupil,
    PupilChange,
    PupilMove,
    PupilUpn,
    RollContact,
    School,
    SchoolStaff,
)
from consent.models.protection import (
    Death,
    DeathWithdrawn,
    EndedProtection,
    Ending,
    EndingAnswer,
    Meeting,
    ProtectedLook,
    Protection,
    ProtectionReason,
    PupilNews,
    Source,
)
from consent.models.requests import (
    OptOutRequest,
    ReceivedEntry,
    RequestStep,
    RequestToMatch,
    StepKind,
    Submission,
    UnconfirmedOptOut,
)
from consent.models.roll import RollUpload
from consent.models.schemes import ABOUT, BasicItem, Matter, Scheme, SchemePurpose
