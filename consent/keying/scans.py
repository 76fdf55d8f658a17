"""Scans of paper forms: checked by their content, kept as private files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from PIL import Image, UnidentifiedImageError

from consent.models import Decision, Scan
from privacy_portal.ground.files import private_files

FOLDER = "scans"
MOST_BYTES = 10 * 1024 * 1024
IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png"}
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class BadScanError(Exception):
    """The file is not a scan that can be stored. Says which files can."""


@dataclass(frozen=True, slots=True)
class CheckedScan:
    """The bytes of a scan and its content type, read from the content."""

    content: bytes
    content_type: str


def check(upload: "UploadedFile[bytes]") -> CheckedScan:
    """Return a scan with its type, read from its content: the file's name and declared type are
    ignored.

    Raises BadScanError for anything but a PDF, JPEG or PNG of at most 10MB.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise BadScanError("The scan must be smaller than 10MB. Try scanning it in black and white")
    content = upload.read()
    if private_files.is_pdf(content):
        return CheckedScan(content, "application/pdf")
    upload.seek(0)
    try:
        with Image.open(upload, formats=list(IMAGES)) as image:
            kind = IMAGES[str(image.format)]
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadScanError("The scan must be a PDF, JPG or PNG") from error
    return CheckedScan(content, kind)


@contextmanager
def stored(checked: CheckedScan | None) -> Iterator[UUID | None]:
    """Keep the file while a transaction goes on inside; delete it if that fails."""
    if checked is None:
        yield None
        return
    with private_files.stored(FOLDER, checked.content) as name:
        yield name


def attach(decision: Decision, name: UUID, checked: CheckedScan) -> None:
    """Add the row that binds a stored file to its decision."""
    Scan.objects.create(
        decision=decision,
        file=name,
        content_type=checked.content_type,
        bytes=len(checked.content),
        sha256=hashlib.sha256(checked.content).hexdigest(),
    )


def content_of(scan: Scan) -> bytes:
    """Return the bytes of a scan. Raises FileNotFoundError, or ChangedFileError if they changed."""
    return private_files.content_of(FOLDER, scan.file, scan.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Delete files a day old that belong to no decision; return their number."""
    return private_files.forget_orphans(
        FOLDER, at=at, is_known=lambda name: Scan.objects.filter(file=name).exists()
    )
