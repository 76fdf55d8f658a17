"""The cover sheet of a file that is about to leave is made: stored and logged with its fingerprint (H5)."""

import hashlib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from privacy_portal.ground.log.appending import Body, append, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.checkpoints import ask_for_checkpoint, awaited_proof
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.ui.errors import NotOnThisServerError
from privacy_portal.ground.ui.pdf import check_available
from sharing.cover_sheets.facts import Facts
from sharing.cover_sheets.writing import WrittenSheet, write
from sharing.errors import NoCoverSheetError
from sharing.models import CoverSheet, Disclosure

CHUNK = 1 << 20


def check_can_make() -> None:
    """Raise NoCoverSheetError where this server can make no PDF: asked before a hand-over, which would be undone."""
    try:
        check_available()
    except NotOnThisServerError as error:
        raise NoCoverSheetError from error


def make(
    disclosure: Disclosure, facts: Facts, *, file_name: str, sha256: str, at: datetime
) -> WrittenSheet:
    """Store the facts of a hand-over with the fingerprint of its file, logged, and write the sheet.

    With it goes the proof that its entry is in the log, where a checkpoint is signed within seconds.
    `sha256` is of the file as the recipient reads it. Raises what writing raises (NotOnThisServerError
    where no PDF can be made): then the file must not leave (H1).
    """
    sheet = CoverSheet(
        disclosure=disclosure,
        facts=facts.model_dump(mode="json"),
        file_name=file_name,
        file_sha256=sha256,
        at=at,
    )
    with transaction.atomic():
        leaf = Entry.objects.values_list("leaf", flat=True).get(pk=disclosure.entry)
        sheet.entry = append([sheet_body(sheet, bytes(leaf))])
        sheet.save(force_insert=True)
        ask_for_checkpoint()
    return write(sheet, awaited_proof(sheet.entry))


def sheet_body(sheet: CoverSheet, leaf: bytes) -> Body:
    """Make the log entry of a sheet from its row. `log verify` makes it again and compares.

    It names the disclosure's entry by its hash `leaf` too, so that a proof of this entry is one of both.
    """
    return body(
        "cover-sheet",
        at=sheet.at,
        by=None,
        disclosure=sheet.disclosure_id,
        hand_over=sheet.disclosure.entry,
        hand_over_leaf=leaf.hex(),
        facts=hashlib.sha256(canonical(sheet.facts)).hexdigest(),
        file_sha256=sheet.file_sha256,
        file_name=sheet.file_name,
    )


def file_name_of(disclosure: Disclosure) -> str:
    """Return the name of a file that is handed over, without its ending; it names nobody."""
    reference = disclosure.agreement_reference.replace("/", "-")
    if disclosure.request_decision is not None:
        reference = f"request-{disclosure.request_decision.request_id}"
    return f"{reference}-{disclosure.on}-{disclosure.entry}"


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
