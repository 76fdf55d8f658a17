"""What can go wrong at a hand-over, in sentences an officer can act on."""

from collections.abc import Sequence

from privacy_portal.ground.errors import NotNowError


class OwnAgreementError(NotNowError):
    """Whoever set up an agreement releases nothing under it."""

    def __init__(self) -> None:
        super().__init__(
            "You set up this agreement, so another officer must release information under it."
        )


class NeedsApprovalError(Exception):
    """A permitted item is a special category, or the file tells, together with earlier ones, who opted
    out (`reveals`, a sentence each): a second officer must approve first (D)."""

    what_to_do = "Upload it at /staff/releases/ and ask an approving officer to approve it there."

    def __init__(self, *, reveals: Sequence[str] = ()):
        self.reveals = reveals
        super().__init__()

    def __str__(self) -> str:
        why = "together with earlier files, shows who has opted out" if self.reveals else ""
        return (
            f"This file{', ' + why if why else ' includes special category data'}, so a second officer "
            f"must approve it. {self.what_to_do}"
        )


class NoSecondOfficerError(NeedsApprovalError):
    """A file on a request for data tells, together with earlier ones, who opted out, and no second officer
    has agreed to the decision (Q1, D)."""

    what_to_do = (
        "No second officer has agreed to this decision, so nothing was released. Select less "
        "information, or fewer pupils."
    )

    def __str__(self) -> str:
        return f"{super().__str__()} See what was shared {'; '.join(self.reveals)}."


class DecisionChangedError(Exception):
    """The decision made at the hand-over is not the one the officer saw: the release is void (H2)."""

    def __str__(self) -> str:
        return (
            "What can be released has changed since you checked the file. Nothing has been released. "
            "Check the file again."
        )


class RevealsOptOutsError(DecisionChangedError):
    """Since the check the recipient got another file, and the two together tell who opted out: no second
    officer has approved these two, and the release is void (D)."""

    def __str__(self) -> str:
        return (
            "Since you checked this file, the organisation got another one. Together they show who has "
            "opted out. Nothing has been released. Check the file again: a second officer must approve it."
        )


class ExtractGoneError(DecisionChangedError):
    """The extract of a release is no longer stored, so nothing can be decided: the release is void."""

    def __str__(self) -> str:
        return (
            "The file is no longer stored here. Nothing has been released. Upload the file again."
        )


class StalledError(Exception):
    """A hand-over made no progress for too long: it has ended, and nothing has left (H4)."""

    def __str__(self) -> str:
        return (
            "The file made no progress for a minute, so we stopped. Nothing was released. "
            "This is in the log. Try again in a few minutes."
        )


class HandOversStoppedError(NotNowError):
    """The nightly control failed, and two officers have not said yet that files may leave again (K3)."""

    def __str__(self) -> str:
        return (
            "No file can leave at the moment: the nightly control found that more than allowed would be "
            "shared about a pupil who has opted out. Nothing was released. See /staff/control/."
        )


class LogChangedError(NotNowError):
    """The log did not grow from its last checkpoint, so what leaves now could not be proved (L3)."""

    def __str__(self) -> str:
        return (
            "No file can leave at the moment: the log is not as it was signed. Nothing was released. Ask "
            "your system administrator to check the log."
        )


class NoCoverSheetError(NotNowError):
    """This server can make no PDF, so no cover sheet (H5): found before the hand-over begins."""

    def __str__(self) -> str:
        return (
            "This server cannot make the cover sheet that goes with each file, so nothing was released. "
            "Ask your system administrator to install Pango."
        )


class NotDeliveredError(NotNowError):
    """The file, or its cover sheet (H5), could not be made; nothing left, and the log says so."""

    def __str__(self) -> str:
        return (
            "We could not create the file and its cover sheet, so nothing was released. This is in the "
            "log. Check the file again."
        )


class CutOffError(StalledError):
    """A hand-over lost its connection to the database: it has ended, and nothing has left."""

    def __str__(self) -> str:
        return (
            "The connection to the database was lost, so we stopped. Nothing was released. Try again in "
            "a few minutes."
        )
