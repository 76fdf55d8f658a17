"""Schools are imported from the national register (GIAS): numbers, names, which have closed."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from consent.models import Pupil, School
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, how_to_write, in_words, read_day
from privacy_portal.ground.faults import BadInputError, Fault, FaultList, spreadsheet_error
from privacy_portal.ground.files.encodings import USUAL, kind_of
from privacy_portal.ground.files.kinds import is_workbook
from privacy_portal.ground.files.reading import AS_IT_IS, Reading, as_table
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.files.workbooks import JOB_SECONDS, PAGE_SECONDS
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.names import folded_heading

NEEDED = ("URN", "LA (code)", "EstablishmentNumber", "EstablishmentName")
TYPES = ("TypeOfEstablishment (code)", "TypeOfEstablishment (name)")
USED = (
    "EstablishmentStatus (code)", "EstablishmentStatus (name)", "OpenDate", "CloseDate", *TYPES,
)  # fmt: skip
# An academy for alternative provision is none: its trust, not the authority, is responsible by law.
PUPIL_REFERRAL_UNIT = {"14", "pupil referral unit"}
# What the register's status says, by its code or its words.
OPEN, CLOSED, PROPOSED, OTHER = "open", "closed", "proposed", "other"
STATUSES = {
    "1": OPEN, "2": CLOSED, "3": OPEN, "4": PROPOSED,
    "open": OPEN, "closed": CLOSED, "open, but proposed to close": OPEN, "proposed to open": PROPOSED,
    "": OPEN,
}  # fmt: skip
NOT_OPEN_YET = "not open yet"
CLOSED_UNKNOWN = "closed, and we do not have it"
NEITHER = "neither open nor closed"


@dataclass(frozen=True, slots=True)
class SchoolsImport:
    """The result of an import: schools of the authority in the file, and what became of them.

    `rows` are those added, updated, unchanged and left out together. `left_out` counts the last by
    the reason; `changes` is a sentence for each school that is new or changes, `renamed` for each
    school in use whose name the public would see changed.
    """

    rows: int
    added: int
    updated: int
    unchanged: int
    closed: int
    left_out: dict[str, int]
    changes: list[str]
    renamed: list[str]

    @property
    def key(self) -> str:
        """Return a digest that is the same only for the same changes."""
        return hashlib.sha256(repr([self.renamed, self.changes]).encode()).hexdigest()[:24]

    @property
    def sentence(self) -> str:
        """Return what was read, in numbers that add up."""
        total = sum(self.left_out.values())
        why = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items())
        rest = f", {total:,} left out ({why})" if total else ""
        return (
            f"{self.rows:,} read: {self.added:,} new, {self.updated:,} changed, "
            f"{self.unchanged:,} unchanged{rest}."
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """A school as the register has it; `laestab` empty where it has no number of its own, `unit`
    (a pupil referral unit) None where the file does not say."""

    urn: str
    laestab: str
    name: str
    status: str
    closed_on: date | None
    unit: bool | None
    line: int

    @property
    def closed(self) -> bool:
        return self.status == CLOSED


def import_schools(
    path: Path,
    *,
    name: str,
    authority: str,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    reading: Reading = AS_IT_IS,
) -> SchoolsImport:
    """Import the schools of a local authority (3 digits) from a GIAS file, called `name` in
    messages: new ones that are open, and what changed about known ones.

    With `check_only` nothing is stored. Raises BadInputError with every fault.
    """
    file = read_register(path, name=name, authority=authority, reading=reading, at=at)
    return store_schools(file, by=by, at=at, seen="" if check_only else None)


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """The schools of an authority in a file of the register, called `name` in messages."""

    name: str
    authority: str
    rows: list[_Row]


def read_register(
    path: Path, *, name: str, authority: str, reading: Reading, at: datetime, on_page: bool = False
) -> RegisterFile:
    """Read a GIAS file; columns are found by name, and others may be there.

    For a page it has less time, and asks for an encoding that is not certain (see `as_table`).
    Raises BadInputError with every fault.
    """
    most = max(settings.MAX_COLUMNS, 500)
    seconds = PAGE_SECONDS if on_page else JOB_SECONDS
    if not reading.encoding and not is_workbook(path):
        # The register writes this encoding, and dashes and quotation marks in names.
        reading = reading if kind_of(path) else replace(reading, encoding=USUAL)
    with as_table(path, name, reading, ask=on_page, seconds=seconds, max_columns=most) as sheet:
        expected = [folded_heading(heading) for heading in NEEDED]
        table = Table(sheet.path, name, max_columns=most, expected=expected)
        return RegisterFile(name, authority, _read(table, authority, day_of(at)))


def store_schools(
    file: RegisterFile, *, by: User | None, at: datetime, seen: str | None = None
) -> SchoolsImport:
    """Store what the file changes, unless that has another key than what someone has `seen` (None:
    nobody needs to)."""
    with transaction.atomic():
        locks.take(locks.Area.ROLL)
        result = _store(file.rows, day_of(at), file.name)
        if seen not in (None, result.key):
            transaction.set_rollback(True)
        elif result.added or result.updated:
            counts = asdict(result)
            del counts["changes"], counts["renamed"]
            log.record("schools-imported", at=at, by=by, authority=file.authority, **counts)
    return result


def _read(table: Table, authority: str, today: date) -> list[_Row]:
    places = {heading: table.columns.get(folded_heading(heading)) for heading in (*NEEDED, *USED)}
    if missing := [heading for heading in NEEDED if places[heading] is None]:
        at = table.heading_line
        raise BadInputError(
            [Fault(f"the column {heading!r} is missing: is this GIAS?", at) for heading in missing],
            name=table.name,
        )
    faults = FaultList(table.name)
    schools: dict[str, _Row] = {}
    numbers: dict[str, _Row] = {}
    for row in table.rows():
        cells = {
            heading: "" if place is None else row.cells[place].strip()
            for heading, place in places.items()
        }
        if cells["LA (code)"] != authority:
            continue
        school = _school(cells, authority, row.line, today, faults)
        if school.urn in schools:
            faults.add("this school is also in an earlier row.", row.line, "URN")
        schools[school.urn] = school
        if school.laestab and school.status == OPEN:
            other = numbers.setdefault(school.laestab, school)
            if other.urn != school.urn:
                message = (
                    f"{school.name} (URN {school.urn}) and {other.name} (URN {other.urn}, line "
                    f"{other.line}) are both open and have the same number. Ask which of them has it."
                )
                faults.add(message, row.line, "EstablishmentNumber")
    if not schools:
        faults.add(f"no school of the local authority {authority} is in this file.")
    faults.raise_if_any()
    return list(schools.values())


def _school(
    cells: dict[str, str], authority: str, line: int, today: date, faults: FaultList
) -> _Row:
    urn, number, name = cells["URN"], cells["EstablishmentNumber"], cells["EstablishmentName"]
    if not (urn.isascii() and urn.isdigit() and len(urn) == 6):
        faults.add(f"{urn[:20]!r} is not a valid URN. It must be 6 digits.", line, "URN")
    if number and not (number.isascii() and number.isdigit() and len(number) <= 4):
        faults.add(f"{number[:20]!r} is not a number of 4 digits.", line, "EstablishmentNumber")
    if not 0 < len(name) <= 200:
        faults.add("is empty, or longer than 200 characters.", line, "EstablishmentName")
    if message := spreadsheet_error(name):
        faults.add(message, line, "EstablishmentName")
    status = STATUSES.get(_code_or_name(cells, "EstablishmentStatus"), OTHER)
    kind = _code_or_name(cells, "TypeOfEstablishment")
    for heading in ("OpenDate", "CloseDate"):
        if cells[heading] and read_day(cells[heading]) is None:
            message = f"{cells[heading][:20]!r} is not a date. {how_to_write(cells[heading])}"
            faults.add(message, line, heading)
    opens = read_day(cells["OpenDate"])
    if status == OPEN and opens is not None and opens > today:
        status = PROPOSED
    return _Row(
        urn=urn,
        # A school without a number of its own has 0 or nothing.
        laestab=f"{authority}{number.zfill(4)}" if number.strip("0") else "",
        name=name,
        status=status,
        closed_on=read_day(cells["CloseDate"]),
        unit=kind in PUPIL_REFERRAL_UNIT if kind else None,
        line=line,
    )


def _code_or_name(cells: Mapping[str, str], heading: str) -> str:
    """Return the code in one of two columns or, without one, the name in the other, folded."""
    # A spreadsheet makes a number of the code.
    code = cells[f"{heading} (code)"].removesuffix(".0").lstrip("0")
    return code or " ".join(cells[f"{heading} (name)"].casefold().split())


def _store(rows: list[_Row], today: date, name: str) -> SchoolsImport:
    on_record = School.objects.in_bulk(field_name="urn")
    in_use = set(Pupil.objects.on_roll().order_by().values_list("school", flat=True).distinct())
    numbers = _numbers(rows, on_record)
    renamed: list[str] = []
    added: list[School] = []
    changed: list[School] = []
    changes: list[str] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        laestab = row.laestab if numbers.get(row.laestab) == row.urn else None
        school = on_record.get(row.urn)
        closed_before = school.closed_on if school else None
        closed_on = (row.closed_on or closed_before or today) if row.closed else None
        if row.status == PROPOSED:
            left_out[NOT_OPEN_YET] += 1
        elif row.status == OTHER:
            left_out[NEITHER] += 1
        elif school is None and row.closed:
            left_out[CLOSED_UNKNOWN] += 1
        elif school is None:
            unit = bool(row.unit)
            added.append(
                School(urn=row.urn, name=row.name, laestab=laestab, pupil_referral_unit=unit)
            )
            kind = " It is a pupil referral unit." if unit else ""
            changes.append(f"{row.name} (URN {row.urn}) is new.{kind}")
        elif differs := _differences(school, row, laestab, closed_on):
            used = " It has pupils." if school.pk in in_use else ""
            if used and school.name != row.name:
                renamed.append(f"{school.name} (URN {row.urn}) is renamed to {row.name}.")
            changes.append(f"{school.name} (URN {row.urn}): {' '.join(differs)}{used}")
            school.name, school.laestab, school.closed_on = row.name, laestab, closed_on
            if row.unit is not None:
                school.pupil_referral_unit = row.unit
            changed.append(school)
    # Numbers pass from one school to another: first none has one that another gets.
    moving = [school.laestab for school in [*added, *changed] if school.laestab]
    _check_numbers(moving, numbers, rows, on_record.values(), name)
    School.objects.filter(laestab__in=moving).update(laestab=None)
    School.objects.bulk_create(added, batch_size=1_000)
    columns = ["name", "laestab", "closed_on", "pupil_referral_unit"]
    School.objects.bulk_update(changed, columns, batch_size=500)
    return SchoolsImport(
        rows=len(rows),
        added=len(added),
        updated=len(changed),
        unchanged=len(rows) - len(added) - len(changed) - left_out.total(),
        closed=sum(row.closed for row in rows),
        left_out=dict(left_out),
        changes=changes,
        renamed=renamed,
    )


def _numbers(rows: list[_Row], on_record: Mapping[str, School]) -> dict[str, str]:
    """Return the URN of the school that has each number: the open one, else the one that has it now,
    since a school that becomes an academy keeps its number."""
    numbers: dict[str, str] = {}
    for row in rows:
        holds = row.urn in on_record and on_record[row.urn].laestab == row.laestab
        if row.laestab and row.closed and (holds or row.laestab not in numbers):
            numbers[row.laestab] = row.urn
    return numbers | {row.laestab: row.urn for row in rows if row.laestab and row.status == OPEN}


def _check_numbers(
    moving: list[str],
    numbers: Mapping[str, str],
    rows: list[_Row],
    on_record: Iterable[School],
    name: str,
) -> None:
    """Raise BadInputError where a number would be taken from an open school that is not in the file."""
    line_of = {row.urn: row.line for row in rows}
    faults = FaultList(name)
    for school in on_record:
        taken = school.laestab in moving and school.urn not in line_of
        if taken and school.laestab and school.closed_on is None:
            message = (
                f"{school.laestab} is the number of {school.name} (URN {school.urn}), which is not in the "
                "file. Use an extract with every school of the authority."
            )
            faults.add(message, line_of[numbers[school.laestab]], "EstablishmentNumber")
    faults.raise_if_any()


def _differences(
    school: School, row: _Row, laestab: str | None, closed_on: date | None
) -> list[str]:
    sentences = []
    if school.name != row.name:
        sentences.append(f"Is renamed to {row.name}.")
    if school.laestab != laestab:
        sentences.append(
            f"Its LAESTAB changes from {school.laestab or 'none'} to {laestab or 'none'}."
        )
    if school.closed_on != closed_on:
        sentences.append(f"Closed on {in_words(closed_on)}." if closed_on else "Is open again.")
    if row.unit is not None and school.pupil_referral_unit != row.unit:
        sentences.append(f"Is {'now' if row.unit else 'no longer'} a pupil referral unit.")
    return sentences
