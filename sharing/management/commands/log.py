"""`log …`: verify the log, sign its checkpoints, prove entries, and give it to others."""

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError

from privacy_portal.ground import days
from privacy_portal.ground.commands import (
    BAD_INPUT,
    REFUSED,
    PortalCommand,
    existing_file,
    file_to_write,
    folder_to_write,
)
from privacy_portal.ground.log import checkpoints, exporting, watching
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.log.keys import NoKeyError
from privacy_portal.ground.log.notes import Note, NoteError, read_checkpoint, read_note
from privacy_portal.ground.log.reading import entries_so_far
from privacy_portal.ground.log.signing import InconsistentLogError
from privacy_portal.ground.log.together import processors
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log

PROGRESS = 10_000


class Command(PortalCommand):
    help = "Checks that the log has not been changed, and lets others check it."
    subcommands = {
        "verify": "recompute every entry, compare it with its row both ways, and with a checkpoint",
        "checkpoint": "sign the log as it is now: its size and its root",
        "export": "write the entries as JSON lines for an outside auditor",
        "prove": "write the proof that an entry is in the log",
        "publish": "write checkpoint, tiles and policy as static files for any web server",
        "sign": "keep running: sign after each hand-over, and every 15 minutes",
    }

    def add_verify(self, parser: CommandParser) -> None:
        """Add the checkpoint that the log must have grown from."""
        parser.add_argument(
            "--checkpoint", type=existing_file, metavar="FILE",
            help="a checkpoint: the log must have grown from it (default: the newest in LOG_FOLDER)",
        )  # fmt: skip

    def add_checkpoint(self, parser: CommandParser) -> None:
        """Add the file that the checkpoint is written to."""
        parser.add_argument("file", nargs="?", type=file_to_write, metavar="FILE")

    def add_export(self, parser: CommandParser) -> None:
        """Add the file that the entries are written to."""
        parser.add_argument("file", type=file_to_write, metavar="FILE")

    def add_prove(self, parser: CommandParser) -> None:
        """Add the number of the entry, and the file that its proof is written to."""
        parser.add_argument("entry", type=_number, metavar="ENTRY", help="its number, from 0")
        parser.add_argument("file", nargs="?", type=file_to_write, metavar="FILE")

    def add_publish(self, parser: CommandParser) -> None:
        """Add the folder that the files are written to."""
        parser.add_argument("folder", type=folder_to_write, metavar="FOLDER")

    def add_sign(self, parser: CommandParser) -> None:
        """Add no argument besides `--json`."""

    def run_verify(self, *, checkpoint: Path | None, as_json: bool, **_: object) -> None:
        try:
            note = read_note(checkpoint.read_text()) if checkpoint else None
            if note is not None:
                read_checkpoint(note)
        except (NoteError, UnicodeDecodeError) as error:
            message = f"{checkpoint} is not a checkpoint: {error}"
            raise CommandError(message, returncode=BAD_INPUT) from error
        beside = checkpoint.parent if checkpoint else None
        try:
            verified = verify_log(self._progress, note, beside=beside, processes=processors())
        except NoteError as error:
            which = checkpoint or "The newest checkpoint in LOG_FOLDER"
            raise CommandError(f"{which}: {error}", returncode=REFUSED) from error
        except LogBrokenError as error:
            if as_json:
                self.print_json({"sound": False, "first_bad_entry": error.seq, "why": error.why})
            raise CommandError(f"Log check failed: {error}.", returncode=REFUSED) from error
        since = verified.checkpoint
        if as_json:
            document: dict[str, object] = {"sound": True, "size": verified.size}
            document |= {"root": verified.root, "checkpoint": since.size if since else None}
            self.print_json(document)
            return
        self.stdout.write(f"Log check passed: {verified.size:,} entries, root {verified.root}.")
        if since:
            self.stdout.write(f"It has only grown since the checkpoint of {since.size:,} entries.")
        else:
            self.stdout.write("There is no checkpoint to compare it with: see `log checkpoint`.")

    def run_checkpoint(self, *, file: Path | None, as_json: bool, **_: object) -> None:
        note = self._signed()
        if file:
            self._write(file, str(note).encode())
        said = read_checkpoint(note)
        if as_json:
            self.print_json(
                {
                    "origin": said.origin,
                    "size": said.size,
                    "root": said.root.hex(),
                    "note": str(note),
                }
            )
        elif not file:
            self.stdout.write(str(note), ending="")
        else:
            self.stdout.write(f"Signed: {said.size:,} entries, root {said.root.hex()}.")

    def run_export(self, *, file: Path, as_json: bool, **_: object) -> None:
        with _written(file):
            size = exporting.export(file, progress=self._progress)
        if as_json:
            self.print_json({"entries": size})
        else:
            self.stdout.write(f"Written: {size:,} entries.")

    def run_prove(self, *, entry: int, file: Path | None, as_json: bool, **_: object) -> None:
        if entry >= (size := entries_so_far()):
            message = f"The log has no entry {entry}: it has {size:,}, numbered from 0."
            raise CommandError(message, returncode=BAD_INPUT)
        newest = checkpoints.published()
        if newest is None or entry >= newest.checkpoint.size:
            self._signed()
        try:
            proof = checkpoints.proof_of_entry(entry)
        except FolderError as error:
            raise CommandError(f"{error}.", returncode=REFUSED) from error
        if file:
            self._write(file, proof.encode())
        if as_json:
            self.print_json({"entry": entry, "proof": proof})
        elif not file:
            self.stdout.write(proof, ending="")
        else:
            self.stdout.write(f"Written: the proof of entry {entry}.")

    def run_publish(self, *, folder: Path, as_json: bool, **_: object) -> None:
        note = self._signed()
        with _written(folder):
            shutil.copytree(
                checkpoints.log_folder().path,
                folder,
                dirs_exist_ok=True,
                ignore=exporting.not_public,
            )
        size = read_checkpoint(note).size
        if as_json:
            self.print_json({"entries": size, "folder": str(folder)})
        else:
            self.stdout.write(f"Published: a checkpoint of {size:,} entries and its tiles.")

    def run_sign(self, **_: object) -> None:
        with self._can_sign():
            signer = checkpoints.signer()
        watching.watch(signer, clock=days.now, tell=self.note)

    def _signed(self) -> Note:
        """Sign the log as it is now."""
        with self._can_sign():
            return checkpoints.signer().sign(at=days.now(), whole=True, progress=self._progress)

    @contextmanager
    def _can_sign(self) -> Iterator[None]:
        try:
            yield
        except (NoKeyError, ImproperlyConfigured, FolderError, PermissionError) as error:
            raise CommandError(f"{error}", returncode=BAD_INPUT) from error
        except InconsistentLogError as error:
            message = (
                f"Nothing is signed, since the log did not grow from its last checkpoint: {error}."
            )
            raise CommandError(message, returncode=REFUSED) from error

    def _write(self, file: Path, data: bytes) -> None:
        with _written(file):
            file.write_bytes(data)

    def _progress(self, entries: int) -> None:
        if entries // PROGRESS != self._told // PROGRESS:
            self.note(f"{entries:,} entries read")
        self._told = entries

    _told = 0


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError:
        raise
    except (OSError, shutil.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise CommandError(f"{path} cannot be written: {reason}.", returncode=BAD_INPUT) from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an entry")
    return int(text)
