"""A file on a request for data is delivered: with its cover sheet made (H5), encrypted where that was chosen,
streamed once (H)."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from privacy_portal.ground.counted_stream import CountedStream
from sharing.cover_sheets.making import file_name_of, fingerprint, make
from sharing.disclosures.undoing import NO_FILE, NOTHING_TAKEN, undo
from sharing.errors import NotDeliveredError
from sharing.models import Disclosure
from sharing.releases.extract_files import encrypted
from sharing.requests.files.handing_over import FileHandOver

logger = logging.getLogger(__name__)


def parcel(
    handover: FileHandOver, passphrase: str, *, clock: Callable[[], datetime]
) -> "RequestFile":
    """Make a file that was handed over ready to be streamed, with its cover sheet.

    Raises NotDeliveredError where that fails: nothing leaves, and the log says so.
    """
    disclosure, file = handover.disclosure, handover.file
    name = file_name_of(disclosure)
    inner = f"{name}{file.suffix}"
    try:
        sheet = make(
            disclosure, handover.facts, file_name=inner, sha256=fingerprint(file), at=clock()
        )
        path = encrypted(
            file, disclosure.means, passphrase, inner=inner, beside=sheet.beside(inner)
        )
        return RequestFile(path, f"{name}{path.suffix}", disclosure, clock)
    except Exception as error:
        logger.error("A file on a request could not be made: %s", type(error).__name__)
        for left in file.parent.glob(f"{file.stem}.*"):
            with suppress(OSError):
                left.unlink(missing_ok=True)
        undo(disclosure, why=NO_FILE, at=clock())
        raise NotDeliveredError from error


class RequestFile(CountedStream):
    """The file of a request to be streamed once: `path`, the `name` it is sent under, `size` in bytes."""

    def __init__(
        self, path: Path, name: str, disclosure: Disclosure, clock: Callable[[], datetime]
    ):
        super().__init__(path.open("rb"))
        self.path, self.name, self.size = path, name, path.stat().st_size
        self.disclosure, self.clock = disclosure, clock

    def finish(self) -> None:
        """Delete the file; if nothing was sent, undo the hand-over."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        if not self.bytes_sent:
            undo(self.disclosure, why=NOTHING_TAKEN, at=self.clock())
