"""Scans of papers: checked by what is in them, kept as private files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import Image, UnidentifiedImageError

from consent.models import Decision, Scan

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
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
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
    name = uuid4()
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    try:
        path.write_bytes(checked.content)
        yield name
    except BaseException:
        path.unlink(missing_ok=True)
        raise


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
    """The bytes of a scan. Raises FileNotFoundError, or BadScanError if they were changed."""
    content = _path(scan.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != scan.sha256:
        raise BadScanError("The stored scan is not the one that was keyed.")
    return content


def forget_orphans(*, at: datetime) -> int:
    """Deletes files a day old that belong to no decision: their process died; returns how many."""
    before = (at - timedelta(days=1)).timestamp()
    gone = 0
    for path in _folder().glob("*"):
        if path.stat().st_mtime < before and not Scan.objects.filter(file=path.name).exists():
            path.unlink()
            gone += 1
    return gone


def _folder() -> Path:
    return Path(settings.PRIVATE_DIR) / "scans"


def _path(name: UUID) -> Path:
    return _folder() / str(name)
