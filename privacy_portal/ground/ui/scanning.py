"""Every file that somebody sends is looked at for viruses, where CLAMAV_SOCKET says by whom."""

import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.files.viruses import NotCheckedError, virus_in
from privacy_portal.ground.log.appending import record

logger = logging.getLogger(__name__)
VIRUS = "The selected file contains a virus"
NOT_CHECKED = "The selected file could not be checked for viruses. Try again"


def check_for_viruses(upload: "UploadedFile[bytes]") -> None:
    """Raise ValidationError where a file has a virus, which is logged, or cannot be checked."""
    if settings.CLAMAV_SOCKET is None:
        return
    try:
        virus = virus_in(upload.chunks(), settings.CLAMAV_SOCKET)
    except NotCheckedError as error:
        logger.error("A file was refused, not checked for viruses: ClamAV %s.", error)
        raise ValidationError(NOT_CHECKED, code="not-checked") from error
    finally:
        upload.seek(0)
    if virus is not None:
        logger.warning("A file was refused: ClamAV found %s.", virus)
        with transaction.atomic():
            record("virus-refused", at=days.now(), by=_sender(upload), virus=virus)
        raise ValidationError(VIRUS, code="virus")


def _sender(upload: "UploadedFile[bytes]") -> User | None:
    """Return who sent a file, as its upload handler noted."""
    request: HttpRequest | None = getattr(upload, "request", None)
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
