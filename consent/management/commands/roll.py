"""`roll import`: pupils from CSV or XLSX."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from consent.roll_importing import import_roll
from privacy_portal import days
from privacy_portal.commands import PortalCommand, existing_file


class Command(PortalCommand):
    help = "Imports the roll: pupils with their schools and numbers."
    subcommands = {"import": "add, update and move pupils from a CSV or XLSX, all or nothing"}

    def add_import(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=existing_file, help="the roll, CSV or XLSX")
        parser.add_argument("--check", action="store_true", help="check only; store nothing")

    def run_import(self, *, file: Path, check: bool, as_json: bool, **_: Any) -> None:
        done = import_roll(
            file,
            name=str(file),
            by=None,
            at=days.now(),
            check_only=check,
            progress=lambda rows: self.note(f"{rows:,} rows read"),
        )
        if done.ignored:
            self.note(f"Columns not used: {', '.join(map(repr, done.ignored))}.")
        if as_json:
            self.print_json({"checked_only": check, **asdict(done)})
            return
        would = "would be " if check else ""
        self.stdout.write(
            f"{done.rows:,} pupils read: {done.added:,} {would}added, {done.updated:,} updated, "
            f"{done.moved:,} moved school, {done.unchanged:,} unchanged; "
            f"{done.schools_added:,} schools added."
        )
        if done.requests_matched:
            self.stdout.write(
                f"{done.requests_matched:,} opt-outs sent online now have their pupil."
            )
