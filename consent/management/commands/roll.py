"""`roll import`: pupils from CSV, XLSX or CTF."""

from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandParser

from consent.roll.identities import IdentityChange
from consent.roll.importing import OtherChildrenError, import_roll
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
        parser.add_argument("file", type=existing_file, help="the roll: CSV, XLSX or CTF (XML)")
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
            done = import_roll(
                file,
                name=str(file),
                by=None,
                at=days.now(),
                check_only=check,
                whole=whole,
                confirm_identities=confirm_identities,
                reading=reading_of(options),
                progress=self._progress,
            )
        except OtherChildrenError as error:
            if as_json:
                changes = [_as_json(change) for change in error.changes]
                self.print_json({"stored": False, "identity_changes": changes})
            self.note(
                "Nothing was imported. If you are sure that each of these rows is the same child, "
                "import the file again with --confirm-identities."
            )
            raise
        if done.renamed:
            pairs = (f"{heading!r} is {name!r}" for heading, name in done.renamed.items())
            self.note(f"Columns with other names: {', '.join(pairs)}.")
        for warning in done.warnings:
            self.note(f"Warning: {warning}")
        if done.ignored:
            self.note(f"Columns we will ignore: {', '.join(map(repr, done.ignored))}.")
        if as_json:
            document = {"checked_only": check, **asdict(done)}
            del document["shown"]
            document["identity_changes"] = list(map(_as_json, done.identity_changes))
            del document["possible_same"]
            document["possible_same_children"] = [
                {"line": row.line, "upn": row.upn} for row in done.possible_same
            ]
            document["waiting_moves"] = [
                {"line": row.line, "upn": row.upn} for row in done.waiting_moves
            ]
            document["apart"] = [{"line": row.line, "upn": row.upn} for row in done.apart]
            self.print_json(document)
            return
        would = "would be " if check else ""
        self.stdout.write(
            f"{done.rows:,} pupils read: {done.added:,} {would}added, {done.updated:,} updated, "
            f"{done.moved:,} moved school, {done.unchanged:,} unchanged; "
            f"{done.schools_added:,} schools added."
        )
        if done.leavers:
            self.stdout.write(
                "The file goes to a school that is not known or not maintained, so its pupils have "
                "left. Nobody is added or moved."
            )
        if whole or done.leavers:
            self.stdout.write(f"{done.left:,} {would}marked as having left.")
        if done.identity_changes:
            self.stdout.write(
                f"{len(done.identity_changes):,} pupils {would}given another name or date of birth, "
                "as confirmed."
            )
        for row in done.apart:
            self.stdout.write(
                f"Line {row.line}, UPN {row.upn}: was not imported. Its record was merged with "
                "another. If they are 2 children, an officer can undo that."
            )
        if done.possible_same:
            self.stdout.write(
                f"{len(done.possible_same):,} {would}possible duplicate records: pupils added under a new "
                "UPN who have the name and date of birth of a pupil at the same school. Until staff "
                "answer (Import pupils, Possible duplicate records), choices about either apply to both:"
            )
            for pair in done.possible_same[:LISTED]:
                self.stdout.write(f"  line {pair.line}: {pair.upn}")
            if len(done.possible_same) > LISTED:
                self.stdout.write(
                    f"  and {len(done.possible_same) - LISTED:,} more (--json lists all)"
                )
        if done.waiting_moves:
            self.stdout.write(f"{len(done.waiting_moves):,} moves are waiting for another school.")
        if done.requests_matched:
            self.stdout.write(f"{done.requests_matched:,} online opt-outs now matched to a pupil.")

    def _progress(self, rows: int) -> None:
        if rows // PROGRESS_ROWS > self.noted:
            self.noted = rows // PROGRESS_ROWS
            self.note(f"{rows:,} rows read")


def _as_json(change: IdentityChange) -> dict[str, object]:
    """A row that may be of another child: where it is, and what it changes."""
    return {
        "line": change.line,
        "upn": change.upn,
        "changed": [part for part, _, _ in change.changes],
        "exchanged": change.exchanged,
    }
