"""`roll import`: pupils from CSV, XLSX or CTF."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandParser

from consent.roll.identities import IdentityChange, PossibleSame
from consent.roll.importing import ImportOptions, OtherChildrenError, RollImport, import_roll
from consent.roll.merging import RowApart
from consent.roll.waiting_rows import WaitingRow
from privacy_portal.ground import days
from privacy_portal.ground.commands import PortalCommand, add_reading, existing_file, reading_of

PROGRESS_ROWS = 10_000
LISTED = 20


class Command(PortalCommand):
    # How many times so far; a batch of a file with blank lines has fewer rows than another's.
    noted = 0
    help = "Import pupils with their schools and numbers."
    subcommands = {"import": "add, update and move pupils from a CSV, XLSX or CTF, all or nothing"}

    def add_import(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=existing_file, help="the pupils: CSV, XLSX or CTF (XML)")
        add_reading(parser)
        parser.add_argument(
            "--whole",
            action="store_true",
            help="the file lists every pupil at its schools: mark anyone missing as left",
        )
        parser.add_argument(
            "--confirm-identities",
            action="store_true",
            help="you have checked that each row that changes who a pupil is is about the same child (logged)",
        )
        parser.add_argument("--check", action="store_true", help="check only; import nothing")

    def run_import(
        self,
        *,
        file: Path,
        whole: bool,
        confirm_identities: bool,
        check: bool,
        as_json: bool,
        **options: object,
    ) -> None:
        try:
            result = import_roll(
                file,
                name=str(file),
                by=None,
                at=days.now(),
                check_only=check,
                options=ImportOptions(
                    whole=whole, confirm_identities=confirm_identities, reading=reading_of(options)
                ),
                progress=self._progress,
            )
        except OtherChildrenError as error:
            if as_json:
                changes = [_change_as_json(change) for change in error.changes]
                self.print_json({"stored": False, "identity_changes": changes})
            self.note(
                "Nothing was imported. If you are sure that each of these rows is the same child, "
                "import the file again with --confirm-identities."
            )
            raise
        for note in _notes(result):
            self.note(note)
        if as_json:
            self.print_json({"checked_only": check, **_as_json(result)})
        else:
            would = "would be " if check else ""
            for sentence in _sentences(result, whole=whole, would=would):
                self.stdout.write(sentence)

    def _progress(self, rows: int) -> None:
        if rows // PROGRESS_ROWS > self.noted:
            self.noted = rows // PROGRESS_ROWS
            self.note(f"{rows:,} rows read")


def _sentences(result: RollImport, *, whole: bool, would: str) -> Iterator[str]:
    """Yield what the import did, or `would` do, line by line."""
    yield (
        f"{result.rows:,} pupils read: {result.added:,} {would}added, {result.updated:,} updated, "
        f"{result.moved:,} moved school, {result.unchanged:,} unchanged; "
        f"{result.schools_added:,} schools added."
    )
    if result.leavers:
        yield (
            "The file goes to a school that is not known or not maintained, so its pupils have "
            "left. Nobody is added or moved."
        )
    if whole or result.leavers:
        yield f"{result.left:,} {would}marked as having left."
    if result.untold:
        yield f"{result.untold:,} of protected pupils: what {would or 'was '}changed is not shown."
    if result.protected:
        yield f"{result.protected:,} {would}newly protected: no address or school of theirs is shown."
    if result.died:
        yield f"{result.died:,} {would}recorded as having died."
    if result.identity_changes:
        yield (
            f"{len(result.identity_changes):,} pupils {would}given another name or date of birth, "
            "as confirmed."
        )
    for row in result.apart:
        yield (
            f"Line {row.line}, UPN {row.upn}: was not imported. Its record was merged with "
            "another. If they are 2 children, an officer can undo that."
        )
    if result.possible_same:
        yield (
            f"{len(result.possible_same):,} {would}possible duplicate records: pupils added under a new "
            "UPN who have the name and date of birth of a pupil at the same school. Until staff "
            "answer (Import pupils, Possible duplicate records), choices about either apply to both:"
        )
        for pair in result.possible_same[:LISTED]:
            yield f"  line {pair.line}: {pair.upn}"
        if len(result.possible_same) > LISTED:
            yield f"  and {len(result.possible_same) - LISTED:,} more (--json lists all)"
    if result.requests_matched:
        yield f"{result.requests_matched:,} online opt-outs now matched to a pupil."


def _notes(result: RollImport) -> Iterator[str]:
    """Yield what whoever runs the command should know of the file's columns, a sentence each."""
    if result.renamed:
        pairs = (f"{heading!r} is {name!r}" for heading, name in result.renamed.items())
        yield f"Columns with other names: {', '.join(pairs)}."
    for warning in result.warnings:
        yield f"Warning: {warning}"
    if result.ignored:
        yield f"Columns we will ignore: {', '.join(map(repr, result.ignored))}."


def _as_json(result: RollImport) -> dict[str, object]:
    """Return the result with rows of pupils by line and UPN alone, without names."""
    document = asdict(result)
    del document["first_changes"], document["possible_same"]
    rows: dict[str, Sequence[PossibleSame | WaitingRow | RowApart]] = {
        "possible_same_children": result.possible_same,
        "waiting_moves": result.waiting_moves,
        "apart": result.apart,
    }
    changes = [_change_as_json(change) for change in result.identity_changes]
    return document | {
        "identity_changes": changes,
        **{key: [{"line": row.line, "upn": row.upn} for row in of] for key, of in rows.items()},
    }


def _change_as_json(change: IdentityChange) -> dict[str, object]:
    return {
        "line": change.line,
        "upn": change.upn,
        "changed": [part for part, _, _ in change.changes],
        "exchanged": change.exchanged,
    }
