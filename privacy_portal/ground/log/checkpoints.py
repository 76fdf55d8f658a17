"""Checkpoints and proofs for whoever asks: made by `log sign`, read from its folder (L3, L3a)."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep, time

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from privacy_portal.ground.log.folders import FolderError, LogFolder
from privacy_portal.ground.log.keys import key_of_its_own, read_key
from privacy_portal.ground.log.models import Cosignature, Entry
from privacy_portal.ground.log.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
)
from privacy_portal.ground.log.signing import REFUSAL, Signer
from privacy_portal.ground.log.tree_proofs import proof_text

CHANNEL = "log_checkpoint"
RUNNING = "running"
NO_CHECKPOINT = "The proof is not ready yet. It is there once the log’s next checkpoint is signed, within 15 minutes."
NO_PROOF = "The proof cannot be made now. Ask your system administrator to check the log."
# `log sign` says that it runs every few seconds; after so many without it does not.
RUNS_SECONDS = 60
POLL_SECONDS = 0.02


class NotCoveredError(Exception):
    """No checkpoint covers an entry yet, or ever."""


@dataclass(frozen=True, slots=True)
class Published:
    """The newest checkpoint: what it says, and as it is given out, with cosignatures."""

    checkpoint: Checkpoint
    note: Note


def log_folder() -> LogFolder:
    """Return the folder of checkpoints and tiles."""
    return LogFolder(settings.LOG_FOLDER)


def signer() -> Signer:
    """Return what signs with this installation's key. Raises NoKeyError where it cannot be read."""
    if settings.LOG_SIGNING_KEY_FILE:
        key = read_key(Path(settings.LOG_SIGNING_KEY_FILE))
    else:
        key = key_of_its_own(settings.DATA_DIR / "log-key.pem")
    address = f"{settings.PORTAL_ADDRESS}/log/"
    return Signer(settings.LOG_FOLDER, key, settings.LOG_ORIGIN, address, witnesses())


def witnesses() -> list[Verifier]:
    """Return the keys of the witnesses whose cosignatures are taken. Raises ImproperlyConfigured."""
    if not settings.LOG_WITNESSES_FILE:
        return []
    path = Path(settings.LOG_WITNESSES_FILE)
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [read_verifier(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise ImproperlyConfigured(f"LOG_WITNESSES_FILE ({path}): {error}") from error
    if wrong := [key.name for key in keys if key.algorithm != COSIGNATURE]:
        raise ImproperlyConfigured(
            f"LOG_WITNESSES_FILE ({path}): the key of {wrong[0]} is not for cosignatures"
        )
    return keys


def published() -> Published | None:
    """Return the newest checkpoint with its cosignatures; None before the first. Raises FolderError
    where the folder cannot be read; 1 query."""
    note = log_folder().note()
    if note is None:
        return None
    try:
        checkpoint = read_checkpoint(note)
    except NoteError as error:
        raise FolderError(str(error)) from error
    return Published(checkpoint, with_cosignatures(note, checkpoint.size))


def with_cosignatures(note: Note, size: int) -> Note:
    """Return a checkpoint of a size with the cosignatures that witnesses sent; 1 query."""
    lines = Cosignature.objects.filter(size=size).order_by("pk").values_list("line", flat=True)
    return read_note("\n".join([str(note).removesuffix("\n"), *lines, ""]))


def newest_checkpoint() -> Checkpoint | None:
    """Return what the newest checkpoint says; None before the first, or where it cannot be read."""
    try:
        note = log_folder().note()
        return read_checkpoint(note) if note else None
    except (FolderError, NoteError):
        return None


def proof_of_entry(seq: int, *, with_entry: bool = True) -> str:
    """Return the tlog-proof of an entry, with its bytes unless told otherwise, against the newest
    checkpoint; 2 queries.

    Raises NotCoveredError where no checkpoint covers it yet, FolderError where the tiles do not hold.
    """
    newest = published()
    if newest is None or not 0 <= seq < newest.checkpoint.size:
        raise NotCoveredError
    body = Entry.objects.values_list("body", flat=True).get(pk=seq) if with_entry else b""
    tree = log_folder().tree(newest.checkpoint.size)
    return proof_text(bytes(body), seq, tree.inclusion(seq), newest.note)


def refusal() -> str | None:
    """Return why `log sign` signed nothing the last time, with the time; None where it did."""
    try:
        return (settings.LOG_FOLDER / REFUSAL).read_text().strip()
    except OSError:
        return None


def signs() -> bool:
    """Return whether `log sign` runs."""
    try:
        return time() - (settings.LOG_FOLDER / RUNNING).stat().st_mtime < RUNS_SECONDS
    except OSError:
        return False


def ask_for_checkpoint() -> None:
    """Have `log sign` sign as soon as this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def awaited_proof(seq: int) -> str | None:
    """Return the proof of an entry that was committed a moment ago, as soon as it is signed; None where
    nobody signs, or not within some seconds: a file never waits for it."""
    until = monotonic() + settings.LOG_PROOF_SECONDS
    while signs() and monotonic() < until:
        try:
            return proof_of_entry(seq)
        except NotCoveredError:
            sleep(POLL_SECONDS)
        except FolderError:
            return None
    return None
