"""Errors of drafting and signing agreements, in sentences an officer can act on."""

from collections.abc import Sequence

from privacy_portal.ground.errors import NotNowError
from sharing.agreements.rules import Missing


class TermsChangedError(NotNowError):
    """Someone else changed the same draft; nothing was overwritten."""

    def __str__(self) -> str:
        return "Someone else has changed this draft. We have not saved your changes."


class NotCompleteError(NotNowError):
    """The agreement lacks something that A3 requires; `missing` says what."""

    def __init__(self, missing: Sequence[Missing]):
        self.missing = list(missing)
        super().__init__("The agreement is not complete, so it cannot be signed.")
