"""What can go wrong at a hand-over, in sentences an officer can act on."""

from collections.abc import Callable
from typing import ParamSpec

Asked = ParamSpec("Asked")


class NeedsApprovalError(Exception):
    """A permitted item is a special category: a second officer must approve first (D)."""

    def __str__(self) -> str:
        return (
            "The file has special category information that would go, so a second officer must "
            "approve. Upload it at /staff/releases/ and ask a colleague to approve it there."
        )


class DecisionChangedError(Exception):
    """The decision made at the hand-over is not the one the officer saw: the release is void (H2)."""

    def __str__(self) -> str:
        return (
            "Since the file was checked, something changed what may go. Nothing has left. "
            "Check the file again."
        )


class NotNowError(Exception):
    """What was asked does not fit the state the release is in."""


def allowed(check: Callable[Asked, None], *asked: Asked.args, **named: Asked.kwargs) -> bool:
    """Whether a check lets it be done now: what a page offers and a verb enforces agree."""
    try:
        check(*asked, **named)
    except NotNowError:
        return False
    return True
