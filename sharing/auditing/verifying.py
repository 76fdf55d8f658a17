"""Verify the whole log: its entries, the rows they vouch for, and a checkpoint (`log verify`, L3, L5)."""

from collections.abc import Callable
from pathlib import Path

from django.apps import apps

from consent.decisions import verifying as decisions
from consent.decisions.numbers import numbers_fault
from consent.identities import verifying as identities
from consent.keeping import entries as keeping
from consent.matching import verifying as matching
from consent.online import verifying as online
from consent.protection import verifying as protection
from notices import verifying as notices
from privacy_portal.ground.keeping import erasing
from privacy_portal.ground.log.append_only import APPEND_ONLY
from privacy_portal.ground.log.appending import Body, body
from privacy_portal.ground.log.checkpoints import log_folder
from privacy_portal.ground.log.examining import Vouched
from privacy_portal.ground.log.folders import LogFolder, signed
from privacy_portal.ground.log.notes import Note, NoteError, Verifier
from privacy_portal.ground.log.verifying import LogBrokenError, Verified, verify
from privacy_portal.ground.log.vouching import Kind, each
from sharing.agreement_templates.verifying import template_fault
from sharing.agreements import verifying as agreements
from sharing.agreements.holding import holding_fault
from sharing.assurances import verifying as assurances
from sharing.auditing.people import changes_fault, erased_fault, roles_fault
from sharing.cover_sheets import verifying as cover_sheets
from sharing.disclosures import (
    amendment_entries,
    month_entries,
    request_entries,
    review_entries,
    verifying as disclosures,
)
from sharing.disclosures.beside import lists_fault, stray_lines_fault
from sharing.disclosures.person_lines import index_fault
from sharing.models import LogCheck
from sharing.policy import verifying as policy
from sharing.policy_file.content import content_fault
from sharing.stops import verifying as stops


def _check(row: LogCheck) -> Body:
    return body("log-checked", at=row.at, by=row.by, check=row.pk, size=row.size, sound=not row.why)


_CHECKS = Kind(
    events=("log-checked",),
    name="check of the log",
    rows=lambda: LogCheck.objects.select_related("by"),
    key="check",
    field="pk",
    facts=each(_check),
    whole=True,
)
# Every kind of row that entries vouch for.
KINDS = (
    *disclosures.KINDS, *cover_sheets.KINDS, *amendment_entries.KINDS, *request_entries.KINDS, *review_entries.KINDS, *month_entries.KINDS,
    *agreements.KINDS, *assurances.KINDS, *policy.KINDS, *stops.KINDS,
    _CHECKS, *decisions.KINDS, *matching.KINDS, *online.KINDS, *identities.KINDS, *protection.KINDS, *keeping.KINDS, *notices.KINDS,
    *erasing.KINDS,
)  # fmt: skip
# What else must be as entries and rows say.
ALSO = (
    numbers_fault, protection.mark_fault, index_fault, stray_lines_fault, lists_fault, holding_fault, template_fault,
    notices.words_fault, roles_fault, changes_fault, erased_fault, content_fault,
)  # fmt: skip


def verify_log(
    progress: Callable[[int], None],
    note: Note | None = None,
    *,
    beside: Path | None = None,
    processes: int = 1,
) -> Verified:
    """Verify every entry and the row it vouches for, every row, the triggers that keep both, and that the
    log has grown from a checkpoint: `note`, or the newest that was signed here. So many `processes` read
    it beside each other.

    Where it has not, the tiles in the folder `beside` it or in the log's own tell which entry is the first
    that differs. Raises LogBrokenError at the first fault, NoteError where the checkpoint is not signed
    with the log's key.
    """
    note = note or log_folder().note()
    if note is None:
        return _verify(progress, None, processes)
    vouched = Vouched(signed(note, _keys(beside))[0])
    try:
        return _verify(progress, vouched, processes)
    except LogBrokenError:
        tiles = _tiles(vouched, beside)
        if tiles is not None:
            _verify(progress, Vouched(vouched.checkpoint, tiles))
        raise


def _verify(
    progress: Callable[[int], None], vouched: Vouched | None, processes: int = 1
) -> Verified:
    tables = [apps.get_model(name)._meta.db_table for name in APPEND_ONLY]  # noqa: SLF001
    return verify(
        KINDS,
        progress=progress,
        vouched=vouched,
        guarded=tables,
        also=ALSO,
        processes=processes,
    )


def _keys(beside: Path | None) -> list[Verifier]:
    for folder in (log_folder(), *([LogFolder(beside)] if beside else [])):
        keys, _ = folder.verifiers()
        if keys:
            return keys
    raise NoteError("no key is known to check it with: LOG_FOLDER has no policy file")


def _tiles(vouched: Vouched, beside: Path | None) -> LogFolder | None:
    folders = [LogFolder(beside)] if beside else []
    return next(
        (folder for folder in [*folders, log_folder()] if folder.fits(vouched.checkpoint)), None
    )
