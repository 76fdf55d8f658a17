"""What can go wrong with a notice, in a sentence the person can act on."""

from collections.abc import Sequence

from notices.rules import Missing
from privacy_portal.ground.errors import NotNowError


class DraftChangedError(NotNowError):
    """Somebody else changed the same thing meanwhile; nothing was overwritten."""


class NotCompleteError(NotNowError):
    """N3 refuses to publish; `missing` says what is missing and where it belongs."""

    def __init__(self, missing: Sequence[Missing]):
        self.missing = list(missing)
        super().__init__("The draft is not complete, so it was not published.")


class LinkExpiredError(Exception):
    """The link is unknown, expired or used up; nothing was changed."""
