"""Taking the roll from a CSV: all of it or nothing (`roll import`).

Rows are checked as they stream into a temporary table by COPY; what they mean for the
pupils already known is then worked out by the database, for all rows at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from consent import roll_sql as sql
from consent import upn
from consent.matching import match_waiting
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.days import read_day
from privacy_portal.faults import BadInputError, Fault, FaultList
from privacy_portal.log.appending import append, body
from privacy_portal.names import folded_heading, folded_name
from privacy_portal.tables import Table

REQUIRED = ("UPN", "Surname", "Forename", "DOB", "School URN", "School")
OPTIONAL = {
    "Former UPNs": "former",
    "Sex": "sex",
    "Year group": "year_group",
    "Address": "address",
    "Postcode": "postcode",
    "Parent name": "parent_name",
    "Parent address": "parent_address",
    "Parent email": "parent_email",
    "Supported to 25": "supported",
}
TEXT_COLUMNS = (
    "sex",
    "year_group",
    "address",
    "postcode",
    "parent_name",
    "parent_address",
    "parent_email",
)
YES = {"y", "yes", "true", "1"}
NO = {"", "n", "no", "false", "0"}
BATCH_ROWS = 10_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


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
    table = Table(path, name, max_columns=settings.MAX_COLUMNS)
    columns, ignored = _columns(table)
    faults = FaultList(name)
    with transaction.atomic(), connection.cursor() as cursor:
        locks.take(locks.Held.ROLL)
        cursor.execute(sql.CREATE_STAGING)
        rows = _stage(cursor, table, columns, faults, progress)
        if rows == 0:
            faults.add("there is a heading and no row under it.", table.heading_line)
        faults.raise_if_any()
        _check_against_roll(cursor, faults)
        faults.raise_if_any()
        counts = _apply(cursor, columns)
        cursor.execute(sql.DROP_STAGING)
        cursor.execute("ANALYZE consent_pupil, consent_pupilupn, consent_school")
        matched = match_waiting(at=at)
        done = RollImport(rows=rows, requests_matched=matched, ignored=ignored, **counts)
        if check_only:
            transaction.set_rollback(True)
        elif done.added or done.updated or done.moved:
            append([body("roll-imported", at=at, by=by, rows=rows, **counts)])
    return done


def _columns(table: Table) -> tuple[dict[str, int], list[str]]:
    """Where each known column stands in the file, by heading, and the headings not known."""
    known = {folded_heading(heading): heading for heading in (*REQUIRED, *OPTIONAL)}
    found = {known[folded]: place for folded, place in table.columns.items() if folded in known}
    if missing := [heading for heading in REQUIRED if heading not in found]:
        raise BadInputError(
            [
                Fault(f"the column {heading!r} is missing from the heading.", table.heading_line)
                for heading in missing
            ],
            name=table.name,
        )
    ignored = [table.headings[place] for f, place in table.columns.items() if f not in known]
    return found, ignored


def _stage(
    cursor: Any,
    table: Table,
    columns: dict[str, int],
    faults: FaultList,
    progress: Callable[[int], None],
) -> int:
    """Checks each row by itself and copies it to the staging tables; returns their number."""
    upn_at, surname_at, forename_at, dob_at, urn_at, school_at = (columns[h] for h in REQUIRED)
    former_at = columns.get("Former UPNs")
    supported_at = columns.get("Supported to 25")
    absent = len(table.headings)  # where each row gets an empty cell, for columns not in the file
    texts_at = [columns.get(h, absent) for h, field in OPTIONAL.items() if field in TEXT_COLUMNS]
    limits = [(surname_at, 200), (forename_at, 200)] + [
        (at, sql.TEXT_LENGTHS[field]) for at, field in zip(texts_at, TEXT_COLUMNS, strict=True)
    ]
    texts_of = itemgetter(*texts_at)
    seen: dict[str, int] = {}
    schools: dict[str, str] = {}
    former_rows: list[tuple[int, str]] = []
    rows = 0
    with cursor.copy(sql.COPY_STAGING) as copy:
        for lines, batch in table.numbered_batches(BATCH_ROWS):
            staged = []
            text = _joined(batch)
            escape = any(mark in text for mark in "\\\t\n\r")
            numbers = upn.normal_all([cells[upn_at] for cells in batch])
            for line, number, given in zip(lines, numbers, batch, strict=True):
                cells = [*map(str.strip, given), ""]
                if not upn.is_valid(number):
                    faults.add(_upn_fault(number), line, "UPN")
                elif (first := seen.setdefault(number, line)) != line:
                    faults.add(f"this pupil stands in line {first} too.", line, "UPN")
                for at, limit in limits:
                    if len(cells[at]) > limit:
                        heading = table.headings[at].strip()
                        faults.add(f"is longer than {limit} characters.", line, heading)
                surname, forename = cells[surname_at], cells[forename_at]
                if not surname:
                    faults.add("is empty.", line, "Surname")
                if not forename:
                    faults.add("is empty.", line, "Forename")
                born = read_day(cells[dob_at])
                if born is None:
                    faults.add(_day_fault(cells[dob_at]), line, "DOB")
                urn, school = cells[urn_at], cells[school_at]
                if schools.get(urn) != school:
                    _check_school(schools, urn, school, line, faults)
                if former_at is not None and cells[former_at]:
                    former_rows += _former(cells[former_at], number, line, faults)
                supported = False
                if supported_at is not None:
                    supported = _supported(cells[supported_at], line, faults)
                if not faults.total:
                    staged.append(
                        (
                            str(line), number, surname, forename, folded_name(surname),
                            folded_name(forename), str(born), urn, "t" if supported else "f",
                            *texts_of(cells),
                        )
                    )  # fmt: skip
            if escape:
                staged = [tuple(cell.translate(_ESCAPES) for cell in row) for row in staged]
            copy.write("".join(["\t".join(row) + "\n" for row in staged]))
            rows += len(batch)
            if rows % BATCH_ROWS == 0:
                progress(rows)
    with cursor.copy(sql.COPY_FORMER) as copy:
        for former_row in former_rows:
            copy.write_row(former_row)
    with cursor.copy(sql.COPY_SCHOOLS) as copy:
        for school_row in schools.items():
            copy.write_row(school_row)
    return rows


def _joined(batch: list[list[str]]) -> str:
    """All cells of a batch as one text: what COPY must have escaped is looked for once."""
    return "\0".join(map("\0".join, batch))


def _former(text: str, number: str, line: int, faults: FaultList) -> list[tuple[int, str]]:
    """The former numbers in a cell, apart from the present one, each with the row's line."""
    found = []
    for each in text.replace(";", " ").replace(",", " ").split():
        former = upn.normal(each)
        if not upn.is_valid(former):
            faults.add(_upn_fault(former), line, "Former UPNs")
        elif former != number:
            found.append((line, former))
    return found


def _supported(text: str, line: int, faults: FaultList) -> bool:
    answer = text.casefold()
    if answer not in YES and answer not in NO:
        faults.add("must be yes or no.", line, "Supported to 25")
    return answer in YES


def _check_school(
    schools: dict[str, str], urn: str, school: str, line: int, faults: FaultList
) -> None:
    if not (len(urn) == 6 and urn.isascii() and urn.isdigit()):
        faults.add(f"{urn!r} is not a URN: six digits.", line, "School URN")
    elif not school or len(school) > 200:
        faults.add("must be 1 to 200 characters.", line, "School")
    elif urn in schools and folded_heading(schools[urn]) != folded_heading(school):
        faults.add(f"URN {urn} is {schools[urn]!r} in an earlier row.", line, "School")
    else:
        schools.setdefault(urn, school)


def _upn_fault(text: str) -> str:
    if not text:
        return "is empty; each pupil needs a unique pupil number."
    return f"{text[:20]!r} is not a UPN: check its form and its check letter."


def _day_fault(text: str) -> str:
    if not text.strip():
        return "is empty."
    return f"{text.strip()[:20]!r} is no day; write 2012-05-31 or 31/05/2012."


def _check_against_roll(cursor: Any, faults: FaultList) -> None:
    """Faults that show only against the other rows and the roll. Never names two UPNs (C11)."""
    cursor.execute("ANALYZE roll_staging, roll_former")
    cursor.execute(sql.FORMER_IN_SEVERAL_ROWS)
    for line, other in cursor.fetchall():
        faults.add(f"one of them stands in line {other} too.", line, "Former UPNs")
    cursor.execute(sql.RESOLVE)
    cursor.execute(sql.SEVERAL_PUPILS)
    for (line,) in cursor.fetchall():
        faults.add(
            "this row makes one pupil of two that the roll keeps apart. Correct the file, or "
            "ask an officer whether the records are of one child.",
            line,
            "UPN",
        )
    cursor.execute(sql.SEVERAL_ROWS)
    for line, other in cursor.fetchall():
        faults.add(f"is the same pupil as line {other}, under another number.", line, "UPN")


def _apply(cursor: Any, columns: dict[str, int]) -> dict[str, int]:
    """Writes schools, pupils and UPNs; returns counts by the names RollImport has for them."""
    given = [field for heading, field in OPTIONAL.items() if heading in columns]
    cursor.execute(sql.ADD_SCHOOLS)
    schools_added = cursor.rowcount
    cursor.execute(sql.RENAME_SCHOOLS)
    cursor.execute(sql.count_changes(given))
    known, moved, updated = cursor.fetchone()
    cursor.execute(sql.update_pupils(given))
    cursor.execute(sql.ADD_PUPILS)
    added = cursor.rowcount
    cursor.execute(sql.RETIRE_UPNS)
    cursor.execute(sql.ADD_UPNS)
    cursor.execute(sql.ADD_FORMER_UPNS)
    return {
        "added": added,
        "updated": updated,
        "moved": moved,
        "unchanged": known - updated - moved,
        "schools_added": schools_added,
    }
