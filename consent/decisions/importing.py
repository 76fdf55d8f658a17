"""Decisions that were kept elsewhere are imported from a CSV or workbook (`opt_outs import`).

A file is all or nothing, and importing it twice changes nothing. One person's decisions on one day
under one scheme are a sequence, in the order of the file. A sequence already stored is left alone;
one that continues a stored sequence adds only what is new.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.db import transaction

from consent import upn
from consent.day_rules import MISDATED, misdated
from consent.decisions.recording import record
from consent.models import Decision, Invalidation, Pupil, Scheme
from consent.queries import pupil_ids_by_upn
from consent.rules import Choice, DecidedBy
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, how_to_write, in_words, read_day, start_of
from privacy_portal.ground.faults import FaultList, spreadsheet_error
from privacy_portal.ground.files.reading import AS_IT_IS, Reading, as_table
from privacy_portal.ground.files.tables import Table
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.names import folded_heading, no_name, person_key

# What people write where a decision is valid.
NO_REASONS = {"no", "n", "none", "false", "0", "null", "nil", "valid", "na"}
HEADINGS = (
    "UPN", "Scheme", "Decision", "By", "Person", "Received on", "Channel", "Invalid because",
)  # fmt: skip
BATCH = 10_000

# Pupil, scheme, who decides, the person's key, and the day it was received.
Group = tuple[int, int | None, str, str, date]


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A row of the file without faults; `upn` is normal, `invalid` says why the decision is invalid
    or is empty."""

    line: int
    upn: str
    scheme: Scheme
    choice: str
    by: str
    person: str
    received: date
    channel: str
    invalid: str


@dataclass(frozen=True, slots=True)
class OptOutsImport:
    """The result of an import: rows read, decisions added, and how many were marked as invalid."""

    rows: int
    added: int
    known: int
    invalid: int


def import_opt_outs(
    path: Path,
    *,
    name: str,
    by: User | None,
    at: datetime,
    check_only: bool = False,
    reading: Reading = AS_IT_IS,
    progress: Callable[[int], None] = lambda rows: None,
) -> OptOutsImport:
    """Import the decisions in the file, a CSV or a workbook, which messages call `name`.

    With `check_only` nothing is stored. Raises BadInputError with every fault.
    """
    faults = FaultList(name)
    with as_table(path, name, reading) as sheet:
        table = Table(
            sheet.path, name, max_columns=settings.MAX_COLUMNS,
            expected=[folded_heading(heading) for heading in HEADINGS],
        )  # fmt: skip
        rows = _read(table, day_of(at), faults, progress)
    if not rows and not faults.total:
        faults.add("the file has headings but no rows.", table.heading_line)
    with transaction.atomic():
        locks.share(locks.Area.ROLL)
        pupils = _pupils(rows, faults)
        faults.raise_if_any()
        groups: dict[Group, list[ChoiceRow]] = defaultdict(list)
        for row in rows:
            person = person_key(row.person)
            groups[pupils[row.upn].pk, row.scheme.pk, row.by, person, row.received].append(row)
        stored_rows = _stored([pupil.pk for pupil in pupils.values()])
        new: list[tuple[int, Decision]] = []
        invalidations: list[Invalidation] = []
        for group, sequence in groups.items():
            _continue(group, sequence, stored_rows.get(group, []), pupils, at, new, invalidations)
        # Recorded in the order of the file: on a tie the one recorded last decides (C2).
        decisions = [decision for _, decision in sorted(new, key=itemgetter(0))]
        if check_only:
            transaction.set_rollback(True)
        elif decisions or invalidations:
            summary = log.body(
                "opt-outs-imported", at=at, by=by, decisions=len(decisions), rows=len(rows)
            )
            record(decisions, invalidations, by=by, at=at, also=[summary])
    return OptOutsImport(
        rows=len(rows),
        added=len(decisions),
        known=len(rows) - len(decisions),
        invalid=len(invalidations),
    )


def _read(
    table: Table, today: date, faults: FaultList, progress: Callable[[int], None]
) -> list[ChoiceRow]:
    places = []
    for heading in HEADINGS:
        place = table.columns.get(folded_heading(heading))
        if place is None:
            faults.add(f"the column {heading!r} is missing.", table.heading_line)
        else:
            places.append(place)
    faults.raise_if_any()
    schemes = Scheme.objects.in_bulk(field_name="code")
    rows = []
    for row in table.rows():
        cells = [row.cells[place].strip() for place in places]
        if choice := _row(row.line, cells, schemes, today, faults):
            rows.append(choice)
        if row.number % BATCH == 0:
            progress(row.number)
    return rows


def _row(
    line: int, cells: list[str], schemes: dict[str, Scheme], today: date, faults: FaultList
) -> ChoiceRow | None:
    before = faults.total
    number, scheme_code, choice, by, person, received, channel, invalid = cells
    choice, by, channel = choice.casefold(), by.casefold(), channel.casefold()
    number = upn.normal(number)
    if not upn.is_valid(number):
        faults.add(f"{number[:20]!r} is not a valid UPN.", line, "UPN")
    scheme = schemes.get(scheme_code)
    if scheme is None:
        codes = ", ".join(sorted(schemes)) or "none loaded yet"
        faults.add(f"{scheme_code[:50]!r} is not an opt-out. Use one of: {codes}.", line, "Scheme")
    _one_of(choice, [Choice.OPT_OUT.value, Choice.OPT_IN.value], line, "Decision", faults)
    _one_of(by, [kind.value for kind in DecidedBy], line, "By", faults)
    _one_of(channel, Decision.Channel.values, line, "Channel", faults)
    if not person:
        faults.add("is empty. Name the person who made the choice.", line, "Person")
    elif len(person) > 200:
        faults.add("is longer than 200 characters.", line, "Person")
    for heading, cell in (("Person", person), ("Invalid because", invalid)):
        if message := spreadsheet_error(cell):
            faults.add(message, line, heading)
    if not spreadsheet_error(person) and (message := no_name(person)):
        # Two parents under one mark would be one person, and the last of them would decide (C2).
        faults.add(f"{message} Name the person who made the choice.", line, "Person")
    if no_name(invalid) or invalid.casefold() in NO_REASONS:
        # Else a column filled with dashes would take away every opt-out of the file (C4).
        message = f"{invalid[:20]!r} is not a reason. Leave the cell blank if the choice is valid."
        faults.add(message, line, "Invalid because")
    day = read_day(received)
    if day is None:
        faults.add(
            f"{received[:20]!r} is not a date. {how_to_write(received)}", line, "Received on"
        )
    else:
        for why in misdated(day, None, today):
            message = f"{in_words(day)} is after today, {in_words(today)}. {MISDATED[why]}."
            faults.add(message, line, "Received on")
    if len(invalid) > 500:
        faults.add("is longer than 500 characters.", line, "Invalid because")
    if scheme is None or day is None or faults.total > before:
        return None
    return ChoiceRow(line, number, scheme, choice, by, person, day, channel, invalid)


def _one_of(value: str, allowed: Sequence[str], line: int, heading: str, faults: FaultList) -> None:
    if value not in allowed:
        faults.add(f"{value[:30]!r} must be one of: {', '.join(allowed)}.", line, heading)


def _pupils(rows: Sequence[ChoiceRow], faults: FaultList) -> dict[str, Pupil]:
    """Return the pupil of each UPN in the file; an unknown UPN is a fault."""
    upns = sorted({row.upn for row in rows})
    ids: dict[str, int] = {}
    for start in range(0, len(upns), BATCH):
        ids.update(pupil_ids_by_upn(upns[start : start + BATCH]))
    for row in rows:
        if row.upn not in ids:
            faults.add(
                f"no pupil has or had the UPN {row.upn}. Import pupils first.", row.line, "UPN"
            )
    records = Pupil.objects.only("reference", "born").in_bulk(set(ids.values()))
    pupils = {number: records[pupil] for number, pupil in ids.items()}
    for row in rows:
        if row.upn in pupils and row.received < pupils[row.upn].born:
            message = f"{in_words(row.received)} is before the pupil was born. Check the year."
            faults.add(message, row.line, "Received on")
    return pupils


def _stored(pupils: Sequence[int]) -> dict[Group, list[Decision]]:
    """Return imported decisions of these pupils, in the order they were recorded, by group."""
    groups: dict[Group, list[Decision]] = defaultdict(list)
    for start in range(0, len(pupils), BATCH):
        for decision in (
            Decision.objects.filter(
                pupil__in=pupils[start : start + BATCH], import_key__isnull=False
            )
            .select_related("invalidation", "pupil")
            .order_by("id")
        ):
            received = day_of(decision.received_at)
            key = (
                decision.pupil_id,
                decision.scheme_id,
                decision.by,
                person_key(decision.person_key),
                received,
            )
            groups[key].append(decision)
    return groups


def _continue(
    group: Group,
    sequence: Sequence[ChoiceRow],
    stored: Sequence[Decision],
    pupils: dict[str, Pupil],
    at: datetime,
    new: list[tuple[int, Decision]],
    invalidations: list[Invalidation],
) -> None:
    """Add what the file's sequence has beyond the stored one, and what became invalid since."""
    stored_choices = [(row.choice, row.channel) for row in stored]
    offered = [(row.choice, row.channel) for row in sequence]
    start, overlap = _overlap(stored_choices, offered)
    for row, decision in zip(sequence[:overlap], stored[start:], strict=False):
        if row.invalid and not hasattr(decision, "invalidation"):
            invalidations.append(
                Invalidation(decision=decision, reason=row.invalid, recorded_at=at)
            )
    for ordinal, row in enumerate(sequence[overlap:], start=len(stored)):
        key = hashlib.sha256(repr((*group, ordinal)).encode()).hexdigest()
        decision = Decision(
            pupil=pupils[row.upn],
            scheme=row.scheme,
            choice=row.choice,
            by=row.by,
            person_name=row.person,
            person_key=group[3],
            channel=row.channel,
            received_at=start_of(row.received),
            recorded_at=at,
            import_key=key,
        )
        new.append((row.line, decision))
        if row.invalid:
            invalidations.append(
                Invalidation(decision=decision, reason=row.invalid, recorded_at=at)
            )


def _overlap(
    stored: Sequence[tuple[str, str]], offered: Sequence[tuple[str, str]]
) -> tuple[int, int]:
    """Return where in `stored` the sequence `offered` begins, and how much of it is there already.

    All of it, if it stands in one piece anywhere; else as much as the end of `stored` has of its
    beginning. What is not there is new, so the file's last word stays the last word.
    """
    for start in range(len(stored) - len(offered) + 1):
        if list(stored[start : start + len(offered)]) == list(offered):
            return start, len(offered)
    for length in range(min(len(stored), len(offered)), 0, -1):
        if list(stored[-length:]) == list(offered[:length]):
            return len(stored) - length, length
    return len(stored), 0
