"""Files about persons that staff download, apart from what is handed over: each is an entry (L6)."""

from datetime import datetime

from django.db import transaction

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.appending import record


def log_download(file: str, *, by: User, at: datetime, **about: object) -> None:
    """Log that somebody downloaded a file of this kind; `about` says which, naming nobody."""
    with transaction.atomic():
        record("file-downloaded", at=at, by=by, file=file, **about)
