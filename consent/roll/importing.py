"""Pupils are imported from a CSV, a workbook or a CTF: all or nothing (`roll import`)."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from consent import upn
from consent.matching.matching import match_waiting
from consent.models import RollContact
from consent.queries import pupil_ids_by_upn
from consent.roll import ctf
from consent.roll.headings import KNOWN
from consent.roll.identities import IdentityChange, PossibleSame, ask_same_child, identity_changes
from consent.roll.leavers import mark_leavers
from consent.roll.merged_rows import RowApart
from consent.roll.merging import FirstChanges, RollMerge
from consent.roll.reading import RollReader, not_yours
from consent.roll.waiting_rows import WaitingRow, keep_waiting
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.collector import collector_at_rest
from privacy_portal.ground.days import day_of
from privacy_portal.ground.faults import BadInputError, Fault, FaultList
from privacy_portal.ground.files.reading import AS_IT_IS, Reading, as_table, check_kind
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.files.workbooks import unread_sentences
from privacy_portal.ground.log import appending as log

# Small enough for the connection to take a whole batch while the server stores the one before.
BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class RollImport:
    """The result of an import: counts of pupils by what became of them.

    `renamed` gives a column's name here by what the file calls it; `ignored` are the headings of
    columns not used. `leavers` says that the file was of pupils who have left, so that it changed
    nothing else. `shown` has the first of each change, if it was asked for.
    """

    rows: int
    added: int
    updated: int
    moved: int
    left: int
    unchanged: int
    schools_added: int
    requests_matched: int
    renamed: dict[str, str]
    ignored: list[str]
    warnings: list[str]
    identity_changes: list[IdentityChange]
    waiting_moves: list[WaitingRow]
    apart: Sequence[RowApart]
    possible_same: list[PossibleSame]
    leavers: bool = False
    shown: FirstChanges = field(default_factory=FirstChanges)

    def counts(self) -> dict[str, int]:
        """Return what the import did, in numbers."""
        names = ("rows", "added", "updated", "moved", "left", "unchanged", "schools_added")
        counts = {name: getattr(self, name) for name in names}
        return {
            **counts,
            "waiting": len(self.waiting_moves),
            "apart": len(self.apart),
            "possible_same": len(self.possible_same),
        }


class OtherChildrenError(BadInputError):
    """Rows of a file may be of other children than the records with their UPNs (C6a)."""

    def __init__(self, changes: Sequence[IdentityChange], faults: Sequence[Fault], *, name: str):
        self.changes = list(changes)
        super().__init__(faults, name=name)


def import_roll(
    path: Path,
    *,
    name: str,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    whole: bool = False,
    only: Collection[str] | None = None,
    confirm_identities: bool = False,
    show: bool = False,
    reading: Reading = AS_IT_IS,
    ask: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> RollImport:
    """Import the pupils in the file, a CSV, a workbook or a CTF, called `name` in messages.

    Pupils not in the file are unchanged, unless it is `whole`: then they have left its schools. A
    column the file lacks is unchanged. `only` are the URNs of the schools that it may have (rows
    about pupils of others wait); None for all. Unmatched online opt-outs are matched again. With
    `check_only` nothing is stored. `reading` says which sheet or encoding is meant; with `ask` an
    encoding that is not certain is asked for (see `as_table`). `progress` is called with the rows
    read so far. Raises BadInputError with every fault; OtherChildrenError for rows that may be of
    other children, unless someone has confirmed each (`confirm_identities`, which is logged for
    each).
    """
    check_kind(path, name)
    rolls = ctf.as_roll(path, name) if ctf.is_xml(path) else _as_table(path, name, reading, ask=ask)
    with rolls as roll:
        table = Table(roll.path, name, max_columns=settings.MAX_COLUMNS, expected=KNOWN)
        reader = RollReader(table, day_of(at))
        columns = [column for column in reader.given if roll.said is None or column in roll.said]
        faults = FaultList(table.name)
        if roll.left:
            return _leavers(reader, faults, roll, by, at, only, progress, check_only=check_only)
        rows = 0
        with collector_at_rest(), transaction.atomic(), connection.cursor() as cursor:
            locks.take(locks.Area.ROLL)
            with RollMerge(cursor) as merge:
                for batch in reader.batches(BATCH_ROWS):
                    meant, against_roll = merge.meant(batch, only)
                    of_batch = [*batch.faults, *against_roll, *not_yours(batch, only)]
                    placed_faults = [reader.columns.as_written(fault) for fault in of_batch]
                    faults.add_all(roll.placed(placed_faults))
                    if not faults.total:
                        merge.store(batch, meant)
                    rows += len(batch.upns)
                    progress(rows)
                if rows == 0:
                    faults.add("the file has headings but no rows.", table.heading_line)
                faults.raise_if_any()
                apart = merge.set_apart()
                identities = identity_changes(merge.rows)
                if identities and not confirm_identities:
                    placed_faults = [
                        reader.columns.as_written(change.fault()) for change in identities
                    ]
                    raise OtherChildrenError(
                        identities, roll.placed(placed_faults), name=table.name
                    )
                same_children = merge.possible_same_children(at)
                counts, first_changes = merge.finish(columns, at, whole=whole, show=show)
                waiting_rows = merge.waiting
                entries = confirmed_identities(identities, by=by, at=at)
                if same_children:
                    entries += ask_same_child(same_children, by=by, at=at)
                if waiting_rows and by is not None:
                    entries += keep_waiting(waiting_rows, columns, roll.contacts, by=by, at=at)
                entries += merge.settle_waiting(whole=whole, by=by, at=at)
            _store_contacts(roll.contacts, but={row.upn for row in waiting_rows})
            matched = match_waiting(at=at)
            result = RollImport(
                rows=rows,
                requests_matched=matched,
                renamed=reader.columns.renamed,
                ignored=reader.columns.ignored,
                warnings=roll.warnings,
                identity_changes=identities,
                waiting_moves=waiting_rows,
                apart=apart,
                possible_same=list({pair.line: pair for pair in same_children}.values()),
                leavers=False,
                shown=first_changes,
                **counts,
            )
            if check_only:
                transaction.set_rollback(True)
            elif entries or result.added or result.updated or result.moved or result.left:
                summary = {
                    **counts,
                    "waiting": len(waiting_rows),
                    "apart": len(apart),
                    "possible_same": len(same_children),
                }
                log.append(
                    [log.body("roll-imported", at=at, by=by, rows=rows, **summary), *entries]
                )
    return result


def _leavers(
    reader: RollReader,
    faults: FaultList,
    roll: ctf.RollFile,
    by: User | None,
    at: datetime,
    only: Collection[str] | None,
    progress: Callable[[int], None],
    *,
    check_only: bool,
) -> RollImport:
    """Mark the pupils of a file of leavers as having left, in the same steps as an import."""
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        marked = mark_leavers(
            reader, faults, roll.placed, only=only, on=day_of(at), progress=progress
        )
        done = RollImport(
            rows=marked.rows, added=0, updated=0, moved=0, left=marked.left,
            unchanged=marked.unchanged, schools_added=0, requests_matched=0, renamed={},
            ignored=[], warnings=[], identity_changes=[], waiting_moves=[], apart=[], possible_same=[], leavers=True,
            shown=FirstChanges(left=list(marked.shown)),
        )  # fmt: skip
        if check_only:
            transaction.set_rollback(True)
        elif done.left:
            log.record("roll-imported", at=at, by=by, leavers=True, **done.counts())
    return done


def confirmed_identities(
    identities: Sequence[IdentityChange], *, by: User | None, at: datetime
) -> list[log.Body]:
    """Return a log entry for each row that someone confirmed is of the same child."""
    return [
        log.body(
            "identity-confirmed", at=at, by=by, person=change.person,
            changed=[part for part, _, _ in change.changes],
        )
        for change in identities
    ]  # fmt: skip


@contextmanager
def _as_table(path: Path, name: str, reading: Reading, *, ask: bool) -> Iterator[ctf.RollFile]:
    """Return the table, and a sentence for each thing that a workbook hides."""
    with as_table(path, name, reading, ask=ask) as sheet:
        yield ctf.RollFile(sheet.path, warnings=[*sheet.warnings, *unread_sentences(sheet)])


def _store_contacts(contacts: ctf.Contacts, *, but: Collection[str]) -> None:
    """Store the further contacts of a CTF's pupils, instead of those of an earlier one; not of the
    UPNs `but`, which wait."""
    by_upn = {upn.normal(number): others for number, others in contacts.items()}
    ids = pupil_ids_by_upn(number for number in by_upn if number not in but)
    store_contacts({pupil: by_upn[number] for number, pupil in ids.items()})


def store_contacts(contacts: Mapping[int, Sequence[ctf.Contact]]) -> None:
    """Store the further contacts of pupils, by their ids, instead of those they had; contacts from
    a merged record of the child are kept."""
    if not contacts:
        return
    on_record = RollContact.objects.filter(pupil__in=list(contacts))
    on_record.filter(merge=None).delete()
    last = dict(on_record.order_by().values_list("pupil").annotate(last=Max("place")))
    RollContact.objects.bulk_create(
        (
            RollContact(
                pupil_id=pupil, place=place, name=contact.name[:200],
                email=contact.email[:254], address=contact.address[:700], responsible=contact.responsible,
            )
            for pupil, further in contacts.items()
            for place, contact in enumerate(further, last.get(pupil, 0) + 1)
        ),
        batch_size=5_000,
    )  # fmt: skip
