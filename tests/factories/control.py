"""Controls that failed, on purpose: of the example's opt-out from Connexions, recorded as the job does."""

from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from privacy_portal.ground.accounts.models import User
from sharing.control import resuming, running
from sharing.models import ControlRun, Resumption
from sharing.releases import permitted_file
from tests.example import NOON


def failed_control(at: datetime = NOON) -> ControlRun:
    """Run the control with a writer that empties no cell: it fails, and no file can leave."""

    def forgetful(file: permitted_file.PermittedFile, *arguments: Any) -> None:
        original(file, *arguments)
        file.emptied = [[] for _ in file.emptied]

    original = permitted_file.PermittedFile.__init__
    with mock.patch.object(permitted_file.PermittedFile, "__init__", forgetful):
        return running.run(clock=lambda: at)


def held_control(at: datetime = NOON) -> ControlRun:
    """Run the control as it is: it holds."""
    return running.run(clock=lambda: at)


def resumption(by: User, at: datetime = NOON + timedelta(hours=2)) -> Resumption:
    """Have an officer say, after a control that held again, that the cause is mended."""
    held_control(at)
    return resuming.propose(reason="The writer is mended.", by=by, at=at)
