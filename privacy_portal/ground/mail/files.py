"""Mails as files, where no mail server is named: for the example, for tests and for a first look."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes each mail whole to a file of its own in `EMAIL_FILE_PATH`, for its owner only."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex}.eml"
            partial = folder / f"{name}.part"
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(message.message().as_bytes())
            partial.rename(folder / name)
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class SavedMail:
    """A mail as it was written to a file."""

    to: str
    subject: str
    text: str
    at: datetime


def newest(most: int) -> list[SavedMail]:
    """Return the newest mails among the files, newest first."""
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.eml"), reverse=True)
    return [read(file) for file in files[:most]]


def read(file: Path) -> SavedMail:
    """Return a mail from its file."""
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return SavedMail(str(message["To"]), str(message["Subject"]), text, at)
