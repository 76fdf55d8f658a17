"""Taking the roll from a CSV or a workbook: all of it or nothing (`roll import`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from consent.matching import match_waiting
from consent.roll_merging import RollMerge
from consent.roll_reading import RollReader
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.collector import collector_at_rest
from privacy_portal.faults import FaultList
from privacy_portal.log.appending import append, body
from privacy_portal.tables import Table
from privacy_portal.workbooks import as_csv

# Small enough for the connection to take a whole batch while the server stores the one before.
BATCH_ROWS = 1_000
PROGRESS_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class RollImport:
    """What an import did: counts of pupils by what became of them, and headings not used."""

    rows: int
    added: int
    updated: int
    moved: int
    unchanged: int
    schools_added: int
    requests_matched: int
    ignored: list[str]


def import_roll(
    path: Path,
    *,
    name: str,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> RollImport:
    """Adds and updates the pupils in the file, which messages call `name`.

    Pupils not in the file stay as they are, and so does a column the file lacks. Opt-outs
    sent online that waited for a pupil are matched again. With `check_only` nothing is
    stored. `progress` is told the rows read so far. Raises BadInputError with every fault.
    """
    with as_csv(path, name) as file:
        table = Table(file, name, max_columns=settings.MAX_COLUMNS)
        return _import(table, by=by, at=at, check_only=check_only, progress=progress)


def _import(
    table: Table,
    *,
    by: User | None,
    at: datetime,
    check_only: bool,
    progress: Callable[[int], None],
) -> RollImport:
    reader = RollReader(table)
    faults = FaultList(table.name)
    rows = 0
    with collector_at_rest(), transaction.atomic(), connection.cursor() as cursor:
        locks.take(locks.Held.ROLL)
        with RollMerge(cursor) as merge:
            for batch in reader.batches(BATCH_ROWS):
                known, against_roll = merge.known(batch)
                faults.add_all(batch.faults + against_roll)
                if not faults.total:
                    merge.store(batch, known)
                if rows // PROGRESS_ROWS < (rows := rows + len(batch.upns)) // PROGRESS_ROWS:
                    progress(rows)
            if rows == 0:
                faults.add("there is a heading and no row under it.", table.heading_line)
            faults.raise_if_any()
            counts = merge.finish(reader.given, at)
        matched = match_waiting(at=at)
        done = RollImport(rows=rows, requests_matched=matched, ignored=reader.ignored, **counts)
        if check_only:
            transaction.set_rollback(True)
        elif done.added or done.updated or done.moved:
            append([body("roll-imported", at=at, by=by, rows=rows, **counts)])
    return done
