"""Private files that belong to a row of the database: bytes under a random name."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings


class ChangedFileError(Exception):
    """The stored bytes are not those that were kept."""


def is_pdf(content: bytes) -> bool:
    """Return whether the bytes are a whole PDF, by what is in them."""
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]


@contextmanager
def stored(folder: str, content: bytes) -> Iterator[UUID]:
    """Store the bytes while a transaction runs inside; delete them if it fails."""
    name = uuid4()
    path = path_of(folder, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    try:
        path.write_bytes(content)
        yield name
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def content_of(folder: str, name: UUID, sha256: str) -> bytes:
    """Return the bytes of a kept file. Raises FileNotFoundError, or ChangedFileError if they differ."""
    content = path_of(folder, name).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ChangedFileError(f"{folder}/{name} is not the file that was kept.")
    return content


def forget_orphans(folder: str, *, at: datetime, is_known: Callable[[str], bool]) -> int:
    """Delete files a day old of which no row tells: their process died; return how many."""
    before = (at - timedelta(days=1)).timestamp()
    gone = 0
    for path in (Path(settings.PRIVATE_DIR) / folder).glob("*"):
        if path.stat().st_mtime < before and not is_known(path.name):
            path.unlink()
            gone += 1
    return gone


def sweep_uploads(*, at: datetime) -> int:
    """Delete uploads, and tables made of them, that nobody has touched for a day; return how
    many."""
    before = (at - timedelta(days=1)).timestamp()
    gone = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before:
                path.unlink()
                gone += 1
    return gone


def path_of(folder: str, name: UUID) -> Path:
    """Return where the file of this name lies."""
    return Path(settings.PRIVATE_DIR) / folder / str(name)
