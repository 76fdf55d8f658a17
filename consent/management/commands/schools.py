"""`schools import`: schools from the national register (GIAS)."""

from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandParser

from consent.roll.schools_importing import import_schools
from privacy_portal.ground import days
from privacy_portal.ground.commands import PortalCommand, add_reading, existing_file, reading_of


class Command(PortalCommand):
    help = "Import schools from the national register (GIAS)."
    subcommands = {"import": "add and update the schools of a local authority, all or nothing"}

    def add_import(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=existing_file, help="the GIAS file, CSV or XLSX")
        parser.add_argument("--authority", required=True, help="the authority's number, 3 digits")
        add_reading(parser)
        parser.add_argument("--check", action="store_true", help="check only; import nothing")

    def run_import(
        self, *, file: Path, authority: str, check: bool, as_json: bool, **options: object
    ) -> None:
        result = import_schools(
            file,
            name=str(file),
            authority=authority,
            by=None,
            at=days.now(),
            check_only=check,
            reading=reading_of(options),
        )
        if as_json:
            self.print_json({"checked_only": check, **asdict(result)})
            return
        if check:
            self.stdout.write("Nothing was imported. It would do this:")
        if result.renamed:
            self.stdout.write("Schools in use that the public would see under another name:")
            for change in result.renamed:
                self.stdout.write(f"  {change}")
            self.stdout.write("Every change:")
        for change in result.changes:
            self.stdout.write(f"  {change}")
        self.stdout.write(f"Schools of authority {authority}: {result.sentence}")
