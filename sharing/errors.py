"""What can go wrong at a hand-over, in sentences an officer can act on."""


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
