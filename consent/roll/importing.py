"""Pupils are imported from a CSV, a workbook or a CTF: all or nothing (`roll import`)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from consent import upn
from consent.decisions.contacts import Contact
from consent.matching.matching import match_waiting
from consent.models import Pupil, RollContact
from consent.queries import pupil_ids_by_upn
from consent.roll import ctf
from consent.roll.headings import HEADINGS
from consent.roll.identities import IdentityChange, PossibleSame, ask_same_child, identity_changes
from consent.roll.leavers import mark_leavers
from consent.roll.marks import mark_pupils
from consent.roll.merging import FirstChanges, RollMerge, RowApart
from consent.roll.reading import RollReader, not_yours
from consent.roll.sql import SHOWN, Row
from consent.roll.waiting_rows import WaitingRow, keep_waiting
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.holding import check_still_active
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
class ImportOptions:
    """How a file of pupils is read, and what importing it may do.

    `whole` says that the file has every pupil of its schools, so that anyone missing has left. `only`
    are the URNs of the schools that it may have (rows about pupils of others wait); None for all.
    `confirm_identities` says that someone has confirmed each row that may be of another child, which
    is logged for each. `show` asks for the first of each change. `reading` says which sheet or
    encoding is meant; with `ask` an encoding that is not certain is asked for (see `as_table`).
    """

    whole: bool = False
    only: Collection[str] | None = None
    confirm_identities: bool = False
    show: bool = False
    reading: Reading = AS_IT_IS
    ask: bool = False

    @property
    def untold(self) -> bool:
        """Return whether the result tells nothing of protected pupils: to whoever may import pupils of
        all schools it would tell at which of them one is (P2)."""
        return self.only is None


@dataclass(frozen=True, slots=True)
class RollImport:
    """The result of an import: counts of pupils by what became of them; `untold` are those in the file of
    whom it tells nothing, since they are protected.

    `renamed` gives a column's name here by what the file calls it; `ignored` are the headings of
    columns not used. `leavers` says that the file was of pupils who have left, so that it changed
    nothing else. `first_changes` has the first of each change, if it was asked for.
    """

    rows: int
    added: int = 0
    updated: int = 0
    moved: int = 0
    left: int = 0
    unchanged: int = 0
    untold: int = 0
    schools_added: int = 0
    protected: int = 0
    died: int = 0
    requests_matched: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    identity_changes: list[IdentityChange] = field(default_factory=list)
    waiting_moves: list[WaitingRow] = field(default_factory=list)
    apart: Sequence[RowApart] = ()
    possible_same: list[PossibleSame] = field(default_factory=list)
    leavers: bool = False
    first_changes: FirstChanges = field(default_factory=FirstChanges)

    def counts(self) -> dict[str, int]:
        """Return what the import did, in numbers."""
        names = (
            "rows",
            "added",
            "updated",
            "moved",
            "left",
            "unchanged",
            "untold",
            "schools_added",
        )
        return {
            **{name: getattr(self, name) for name in names},
            "waiting": len(self.waiting_moves),
            "apart": len(self.apart),
            "possible_same": len(self.possible_same),
            "protected": self.protected,
            "died": self.died,
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
    options: ImportOptions | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> RollImport:
    """Import the pupils in the file, a CSV, a workbook or a CTF, called `name` in messages.

    Pupils not in the file are unchanged, unless it is whole. A column the file lacks is unchanged.
    Unmatched online opt-outs are matched again. With `check_only` nothing is stored. `progress` is
    called with the rows read so far. Raises BadInputError with every fault; OtherChildrenError for
    rows that may be of other children and that nobody has confirmed.
    """
    options = options or ImportOptions()
    check_kind(path, name)
    rolls = ctf.as_roll(path, name) if ctf.is_xml(path) else _as_table(path, name, options)
    with rolls as roll:
        table = Table(roll.path, name, max_columns=settings.MAX_COLUMNS, expected=HEADINGS)
        source = _Source(roll, RollReader(table, day_of(at)), table, options, progress)
        with collector_at_rest(), transaction.atomic():
            locks.take(locks.Area.ROLL)
            result, entries = (_leavers if roll.left else _pupils)(source, by=by, at=at)
            if check_only:
                transaction.set_rollback(True)
            elif entries:
                if by is not None:
                    check_still_active(by)
                log.append(entries)
    return result


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that is being imported, and how."""

    roll: ctf.RollFile
    reader: RollReader
    table: Table
    options: ImportOptions
    progress: Callable[[int], None]

    def placed(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults with their columns and places as in the file."""
        return self.roll.placed([self.reader.columns.as_written(fault) for fault in faults])


def _leavers(
    source: _Source, *, by: User | None, at: datetime
) -> tuple[RollImport, list[log.Body]]:
    """Mark the pupils of a file of leavers as having left; return the result and the log entry."""
    leavers = mark_leavers(
        source.reader,
        FaultList(source.table.name),
        source.placed,
        only=source.options.only,
        on=day_of(at),
        progress=source.progress,
    )
    result = RollImport(
        rows=leavers.rows,
        left=leavers.left,
        unchanged=leavers.unchanged,
        untold=len(leavers.untold),
        leavers=True,
        first_changes=FirstChanges(left=list(leavers.first), untold=leavers.untold[:SHOWN]),
    )
    entry = log.body("roll-imported", at=at, by=by, leavers=True, **result.counts())
    return result, [entry] if leavers.changed or leavers.untold else []


def _pupils(source: _Source, *, by: User | None, at: datetime) -> tuple[RollImport, list[log.Body]]:
    """Add, update and move pupils; return the result and the log entries, none for no change."""
    roll, reader, options = source.roll, source.reader, source.options
    columns = [column for column in reader.columns_read if roll.said is None or column in roll.said]
    with connection.cursor() as cursor, RollMerge(cursor) as merge:
        rows = _store_rows(merge, source)
        apart = merge.set_apart()
        identities = identity_changes(merge.rows)
        if identities and not options.confirm_identities:
            faults = source.placed(change.fault() for change in identities)
            raise OtherChildrenError(identities, faults, name=source.table.name)
        same_children = merge.possible_same_children(at)
        counts, first_changes = merge.finish(
            columns, at, whole=options.whole, show=options.show, untold=options.untold
        )
        waiting_rows = merge.waiting_rows
        entries = confirmed_identities(identities, by=by, at=at)
        if same_children:
            entries += ask_same_child(same_children, by=by, at=at)
        if waiting_rows and by is not None:
            entries += keep_waiting(waiting_rows, columns, roll.contacts, by=by, at=at)
        entries += merge.settle_waiting(whole=options.whole, by=by, at=at)
        marked = mark_pupils(merge.marks, by=by, at=at)
        entries += marked.entries
    _store_contacts(roll.contacts, but={row.upn for row in waiting_rows})
    result = RollImport(
        rows=rows,
        requests_matched=match_waiting(at=at),
        renamed=reader.columns.renamed,
        ignored=reader.columns.ignored,
        warnings=roll.warnings,
        identity_changes=identities,
        waiting_moves=waiting_rows,
        apart=apart,
        leavers=False,
        possible_same=list(
            {
                pair.line: pair for pair in same_children if not (options.untold and pair.protected)
            }.values()
        ),
        first_changes=replace(
            first_changes,
            protected=_named(marked.protected) if options.show else [],
            died=_named(marked.died) if options.show else [],
        ),
        protected=len(marked.protected),
        died=len(marked.died),
        **counts,
    )
    if entries or result.added or merge.changed or result.untold:
        summary = {**result.counts(), "possible_same": len(same_children)}
        entries = [log.body("roll-imported", at=at, by=by, **summary), *entries]
    return result, entries


def _named(pupils: Sequence[Pupil]) -> list[Row]:
    """Return random reference and name of the first of these pupils, for a preview."""
    return [(str(pupil.reference), pupil.name) for pupil in pupils[:SHOWN]]


def _store_rows(merge: RollMerge, source: _Source) -> int:
    """Store the rows of the file, or raise BadInputError with every fault; return their number."""
    faults = FaultList(source.table.name)
    rows = 0
    for batch in source.reader.batches(BATCH_ROWS):
        meant, against_roll = merge.meant(batch, source.options.only)
        faults.add_all(
            source.placed([*batch.faults, *against_roll, *not_yours(batch, source.options.only)])
        )
        if not faults.total:
            merge.store(batch, meant)
        rows += len(batch.upns)
        source.progress(rows)
    if rows == 0:
        faults.add("the file has headings but no rows.", source.table.heading_line)
    faults.raise_if_any()
    return rows


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
def _as_table(path: Path, name: str, options: ImportOptions) -> Iterator[ctf.RollFile]:
    with as_table(path, name, options.reading, ask=options.ask) as sheet:
        yield ctf.RollFile(sheet.path, warnings=[*sheet.warnings, *unread_sentences(sheet)])


def _store_contacts(contacts: ctf.Contacts, *, but: Collection[str]) -> None:
    """Store the further contacts of a CTF's pupils, instead of those of an earlier one; not of the
    UPNs `but`, which wait."""
    by_upn = {upn.normal(number): others for number, others in contacts.items()}
    ids = pupil_ids_by_upn(number for number in by_upn if number not in but)
    store_contacts({pupil: by_upn[number] for number, pupil in ids.items()})


def store_contacts(contacts: Mapping[int, Sequence[Contact]]) -> None:
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
