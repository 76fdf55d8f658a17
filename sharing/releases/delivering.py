"""The permitted file is delivered: made ready as the agreement says, and streamed once (H).

Its log entry is committed before the first byte leaves. Where nothing leaves after all, an entry says
so too, and the officer sees what happened.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from privacy_portal.ground.counted_stream import CountedStream
from privacy_portal.ground.errors import NotNowError
from sharing.disclosures.undoing import NOTHING_TAKEN, undo
from sharing.models import Release
from sharing.releases.extract_files import as_workbook, encrypted
from sharing.releases.handing_over import HandOver

logger = logging.getLogger(__name__)


class NotDeliveredError(NotNowError):
    """The file could not be made as the agreement says; nothing left, and the log says so."""

    def __str__(self) -> str:
        return (
            "We could not create the file, so nothing was released. This is in the log. "
            "Check the extract again."
        )


def parcel(handover: HandOver, release_id: UUID, *, clock: Callable[[], datetime]) -> "Parcel":
    """Make the permitted file ready to be streamed: as a workbook where one came in, encrypted as
    agreed.

    Raises NotDeliveredError where that fails: nothing leaves, and the log says so.
    """
    if handover.file is None:
        raise ValueError("nothing of a refused extract leaves")
    try:
        return _pack(handover, handover.file, release_id, clock)
    except Exception as error:
        logger.error("A permitted file could not be made: %s", type(error).__name__)
        for file in handover.file.parent.glob(f"{handover.file.stem}.*"):
            with suppress(OSError):
                file.unlink(missing_ok=True)
        undo(
            handover.disclosure, why="The file could not be made as the agreement says.", at=clock()
        )
        raise NotDeliveredError from error


def _pack(
    handover: HandOver, file: Path, release_id: UUID, clock: Callable[[], datetime]
) -> "Parcel":
    release = Release.objects.select_related("disclosure").get(pk=release_id)
    disclosure = handover.disclosure
    name = f"{release.agreement.replace('/', '-')}-{disclosure.on}-{disclosure.entry}"
    if release.source == Release.Source.XLSX:
        file = as_workbook(file)
    inner = f"{name}{file.suffix}"
    file = encrypted(file, disclosure.means, release.passphrase, inner=inner)
    Release.objects.filter(pk=release_id).update(file_bytes=file.stat().st_size)
    return Parcel(file, f"{name}{''.join(file.suffixes)}", release, clock)


class Parcel(CountedStream):
    """The file of a release to be streamed once: `path`, the `name` it is sent under, `size` in bytes."""

    def __init__(self, path: Path, name: str, release: Release, clock: Callable[[], datetime]):
        super().__init__(path.open("rb"))
        self.path, self.name, self.size = path, name, path.stat().st_size
        self.release, self.clock = release, clock

    def finish(self) -> None:
        """Delete the file and record how many bytes were sent; if none were, undo the hand-over."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        Release.objects.filter(pk=self.release.pk).update(left_bytes=self.bytes_sent)
        if not self.bytes_sent and self.release.disclosure is not None:
            undo(self.release.disclosure, why=NOTHING_TAKEN, at=self.clock())
