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
from sharing.cover_sheets.facts import Facts
from sharing.cover_sheets.making import file_name_of, fingerprint, make
from sharing.disclosures.undoing import NO_FILE, NOTHING_TAKEN, undo
from sharing.errors import NotDeliveredError
from sharing.models import Disclosure, Release
from sharing.releases.extract_files import as_workbook, encrypted
from sharing.releases.handing_over import HandOver

logger = logging.getLogger(__name__)


def parcel(handover: HandOver, release_id: UUID, *, clock: Callable[[], datetime]) -> "Parcel":
    """Make the permitted file ready to be streamed: as a workbook where one came in, with its cover
    sheet, encrypted as agreed.

    Raises NotDeliveredError where that fails: nothing leaves, and the log says so.
    """
    if handover.file is None or handover.facts is None:
        raise ValueError("nothing of a refused extract leaves")
    try:
        return _pack(handover.disclosure, handover.file, handover.facts, release_id, clock)
    except Exception as error:
        logger.error("A permitted file could not be made: %s", type(error).__name__)
        for file in handover.file.parent.glob(f"{handover.file.stem}.*"):
            with suppress(OSError):
                file.unlink(missing_ok=True)
        undo(handover.disclosure, why=NO_FILE, at=clock())
        raise NotDeliveredError from error


def _pack(
    disclosure: Disclosure,
    file: Path,
    facts: Facts,
    release_id: UUID,
    clock: Callable[[], datetime],
) -> "Parcel":
    release = Release.objects.select_related("disclosure").get(pk=release_id)
    name = file_name_of(disclosure)
    if release.source == Release.Source.XLSX:
        plain, file = file, as_workbook(file)
        plain.unlink()
    inner = f"{name}{file.suffix}"
    sheet = make(disclosure, facts, file_name=inner, sha256=fingerprint(file), at=clock())
    beside = sheet.beside(inner)
    file = encrypted(file, disclosure.means, release.passphrase, inner=inner, beside=beside)
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
