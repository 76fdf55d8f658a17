"""Witnesses send their cosignatures of a checkpoint (C2SP tlog-cosignature)."""

from datetime import datetime

from django.db import transaction

from privacy_portal.ground.log.checkpoints import log_folder, witnesses
from privacy_portal.ground.log.models import Cosignature
from privacy_portal.ground.log.notes import (
    NoteError,
    Verified,
    read_checkpoint,
    read_note,
    verified,
)


class CosignatureError(Exception):
    """A cosignature is not taken; the message says why, `status` is that of the answer."""

    def __init__(self, why: str, status: int):
        self.status = status
        super().__init__(why)


def take(text: str, *, at: datetime) -> list[str]:
    """Store the cosignatures of a note by witnesses that are known here, and return their names.

    One that came before changes nothing. Raises CosignatureError where the note is none, is of another
    checkpoint than one of this log, or bears the signature of nobody who is known.
    """
    try:
        note = read_note(text)
        checkpoint = read_checkpoint(note)
        signatures = verified(note, witnesses())
    except NoteError as error:
        raise CosignatureError(f"This cannot be read: {error}.", 400) from error
    own = log_folder().note_of(checkpoint.size)
    if own is None or own.text != note.text:
        raise CosignatureError("This log has signed no such checkpoint.", 404)
    if not signatures:
        raise CosignatureError("None of the signatures is by a witness that this log knows.", 403)
    with transaction.atomic():
        Cosignature.objects.bulk_create(
            [_row(checkpoint.size, signature, at) for signature in signatures],
            ignore_conflicts=True,
        )
    return [signature.verifier.name for signature in signatures]


def _row(size: int, signature: Verified, at: datetime) -> Cosignature:
    return Cosignature(
        size=size,
        name=signature.verifier.name,
        line=str(signature.signature),
        at=signature.at or at,
    )
