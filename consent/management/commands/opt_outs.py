"""`opt_outs import`: decisions that were kept elsewhere until now."""

from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandParser

from consent.decisions.importing import import_opt_outs
from privacy_portal.ground import days
from privacy_portal.ground.commands import PortalCommand, add_reading, existing_file, reading_of


class Command(PortalCommand):
    help = "Import opt-outs and opt-ins that were kept elsewhere until now."
    subcommands = {"import": "add choices from a CSV, all or nothing"}

    def add_import(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=existing_file, help="the choices, CSV or XLSX")
        add_reading(parser)
        parser.add_argument("--check", action="store_true", help="check only; import nothing")

    def run_import(self, *, file: Path, check: bool, as_json: bool, **options: object) -> None:
        result = import_opt_outs(
            file,
            name=str(file),
            by=None,
            at=days.now(),
            check_only=check,
            reading=reading_of(options),
            progress=lambda rows: self.note(f"{rows:,} rows read"),
        )
        if as_json:
            self.print_json({"checked_only": check, **asdict(result)})
            return
        would = "would be " if check else ""
        self.stdout.write(
            f"{result.rows:,} choices read: {result.added:,} {would}added, {result.known:,} already "
            f"recorded; {result.invalid:,} {would}marked as invalid."
        )
