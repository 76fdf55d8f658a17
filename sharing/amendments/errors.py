"""What can be wrong with a link by which an amendment is acknowledged."""

from datetime import datetime


class LinkGoneError(Exception):
    """The link is not whole, has expired, or was never one."""


class LinkUsedError(Exception):
    """The amendment was acknowledged already, `at` that time."""

    def __init__(self, at: datetime):
        self.at = at
        super().__init__()
