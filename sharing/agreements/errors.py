"""What can go wrong when an agreement is written or signed, in sentences an officer can act on."""

from collections.abc import Sequence

from privacy_portal.ground.errors import NotNowError
from sharing.agreements.rules import Missing


class TermsChangedError(NotNowError):
    """Somebody else changed the same draft meanwhile; nothing was overwritten."""

    def __str__(self) -> str:
        return "Somebody else changed this draft meanwhile. Nothing was overwritten."


class NotCompleteError(NotNowError):
    """A3 refuses that an agreement is signed; `missing` says what it does not tell yet."""

    def __init__(self, missing: Sequence[Missing]):
        self.missing = list(missing)
        super().__init__("The agreement is not complete, so it cannot be signed.")
