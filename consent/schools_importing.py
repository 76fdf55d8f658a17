"""Schools from the national register (GIAS): their numbers, names, and which have closed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from consent.models import School
from privacy_portal import locks
from privacy_portal.accounts.models import User
from privacy_portal.days import day_of, read_day
from privacy_portal.faults import BadInputError, Fault, FaultList, spreadsheet_error
from privacy_portal.log.appending import append, body
from privacy_portal.names import folded_heading
from privacy_portal.reading import AS_IT_IS, Reading, as_table
from privacy_portal.tables import Table
from privacy_portal.workbooks import JOB_SECONDS

NEEDED = ("URN", "LA (code)", "EstablishmentNumber", "EstablishmentName")
USED = ("EstablishmentStatus (code)", "EstablishmentStatus (name)", "CloseDate")


@dataclass(frozen=True, slots=True)
class SchoolsImport:
    """What it did: schools of the authority in the file, and what became of them."""

    rows: int
    added: int
    updated: int
    unchanged: int
    closed: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A school as the register has it; `laestab` empty where it has no number of its own."""

    urn: str
    laestab: str
    name: str
    closed: bool
    closed_on: date | None


def import_schools(
    path: Path,
    *,
    name: str,
    authority: str,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    reading: Reading = AS_IT_IS,
    seconds: int = JOB_SECONDS,
) -> SchoolsImport:
    """Takes the schools of a local authority (3 digits) from a GIAS extract, messages call it
    `name`: new ones that are open, and what changed about known ones.

    Columns are found by name, and others may be there. With `check_only` nothing is stored. Raises
    BadInputError with every fault.
    """
    most = max(settings.MAX_COLUMNS, 500)
    with as_table(path, name, reading, seconds=seconds, max_columns=most) as sheet:
        expected = [folded_heading(each) for each in NEEDED]
        table = Table(sheet.path, name, max_columns=most, expected=expected)
        rows = _read(table, authority)
    with transaction.atomic():
        locks.take(locks.Held.ROLL)
        done = _store(rows, day_of(at))
        if check_only:
            transaction.set_rollback(True)
        elif done.added or done.updated:
            append([body("schools-imported", at=at, by=by, authority=authority, **asdict(done))])
    return done


def _read(table: Table, authority: str) -> list[_Row]:
    places = {heading: table.columns.get(folded_heading(heading)) for heading in (*NEEDED, *USED)}
    if missing := [heading for heading in NEEDED if places[heading] is None]:
        at = table.heading_line
        raise BadInputError(
            [Fault(f"the column {each!r} is missing: is this GIAS?", at) for each in missing],
            name=table.name,
        )
    faults = FaultList(table.name)
    found: dict[str, _Row] = {}
    for row in table.rows():
        cells = {
            heading: "" if place is None else row.cells[place].strip()
            for heading, place in places.items()
        }
        if cells["LA (code)"] != authority:
            continue
        school = _school(cells, authority, row.line, faults)
        if school.urn in found:
            faults.add("this school stands in an earlier row too.", row.line, "URN")
        found[school.urn] = school
    if not found:
        faults.add(f"no school of the local authority {authority} is in this file.")
    faults.raise_if_any()
    return list(found.values())


def _school(cells: dict[str, str], authority: str, line: int, faults: FaultList) -> _Row:
    urn, number, name = cells["URN"], cells["EstablishmentNumber"], cells["EstablishmentName"]
    if not (urn.isdigit() and len(urn) == 6):
        faults.add(f"{urn[:20]!r} is not a URN: six digits.", line, "URN")
    if number and not (number.isdigit() and len(number) <= 4):
        faults.add(f"{number[:20]!r} is no number of 4 digits.", line, "EstablishmentNumber")
    if not 0 < len(name) <= 200:
        faults.add("is empty, or longer than 200 characters.", line, "EstablishmentName")
    if message := spreadsheet_error(name):
        faults.add(message, line, "EstablishmentName")
    return _Row(
        urn=urn,
        laestab=f"{authority}{number.zfill(4)}" if number else "",
        name=name,
        closed=cells["EstablishmentStatus (code)"] == "2"
        or cells["EstablishmentStatus (name)"] == "Closed",
        closed_on=read_day(cells["CloseDate"]),
    )


def _store(rows: list[_Row], today: date) -> SchoolsImport:
    known = School.objects.in_bulk(field_name="urn")
    # A school that became an academy keeps its number: the open one has it.
    numbers = {row.laestab: row.urn for row in rows if row.laestab and row.closed}
    numbers |= {row.laestab: row.urn for row in rows if row.laestab and not row.closed}
    added, changed, unchanged = [], [], 0
    for row in rows:
        laestab = row.laestab if numbers.get(row.laestab) == row.urn else None
        school = known.get(row.urn)
        noted = school.closed_on if school else None
        closed_on = (row.closed_on or noted or today) if row.closed else None
        if school is None:
            if not row.closed:
                added.append(School(urn=row.urn, name=row.name, laestab=laestab))
            continue
        now = (row.name, laestab, closed_on)
        if (school.name, school.laestab, school.closed_on) == now:
            unchanged += 1
            continue
        school.name, school.laestab, school.closed_on = now
        changed.append(school)
    # Numbers pass from one school to another: first none has one that another gets.
    moving = [each.laestab for each in [*added, *changed] if each.laestab]
    School.objects.filter(laestab__in=moving).update(laestab=None)
    School.objects.bulk_create(added, batch_size=1_000)
    School.objects.bulk_update(changed, ["name", "laestab", "closed_on"], batch_size=500)
    return SchoolsImport(
        rows=len(rows), added=len(added), updated=len(changed), unchanged=unchanged,
        closed=sum(row.closed for row in rows),
    )  # fmt: skip
