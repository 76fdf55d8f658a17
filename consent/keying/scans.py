"""Scans of papers: checked by what is in them, kept as private files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from PIL import Image, UnidentifiedImageError

from consent.models import Decision, Scan
from privacy_portal.ground.files import private_files as kept_files

FOLDER = "scans"
MOST_BYTES = 10 * 1024 * 1024
IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png"}
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class BadScanError(Exception):
    """The file is no scan that is taken. Says what is, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The bytes of a scan and what they are, by their content."""

    content: bytes
    content_type: str


def check(upload: "UploadedFile[bytes]") -> Checked:
    """Reads a scan and tells what it is. The file's name and its sender's word count for nothing.

    Raises BadScanError for anything but a PDF, JPEG or PNG of at most 10 MB.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise BadScanError("The scan must be smaller than 10 MB. Scan it in black and white.")
    content = upload.read()
    if kept_files.is_pdf(content):
        return Checked(content, "application/pdf")
    upload.seek(0)
    try:
        with Image.open(upload, formats=list(IMAGES)) as image:
            kind = IMAGES[str(image.format)]
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadScanError("The scan must be a whole PDF, JPEG or PNG file.") from error
    return Checked(content, kind)


@contextmanager
def stored(checked: Checked | None) -> Iterator[UUID | None]:
    """Keeps the file while a transaction goes on inside; deletes it if that fails."""
    if checked is None:
        yield None
        return
    with kept_files.stored(FOLDER, checked.content) as name:
        yield name


def attach(decision: Decision, name: UUID, checked: Checked) -> None:
    """The row that binds a stored file to its decision."""
    Scan.objects.create(
        decision=decision,
        file=name,
        content_type=checked.content_type,
        bytes=len(checked.content),
        sha256=hashlib.sha256(checked.content).hexdigest(),
    )


def content_of(scan: Scan) -> bytes:
    """The bytes of a scan. Raises FileNotFoundError, or ChangedFileError if they were changed."""
    return kept_files.content_of(FOLDER, scan.file, scan.sha256)


def forget_orphans(*, at: datetime) -> int:
    """Deletes files a day old that belong to no decision: their process died; returns how many."""
    return kept_files.forget_orphans(
        FOLDER, at=at, kept=lambda name: Scan.objects.filter(file=name).exists()
    )
