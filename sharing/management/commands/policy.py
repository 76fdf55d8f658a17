"""`policy import` and `policy export`: the whole policy as one JSON file."""

import json
from pathlib import Path

from django.core.management.base import CommandError, CommandParser

from privacy_portal.ground import days
from privacy_portal.ground.commands import (
    BAD_INPUT,
    PortalCommand,
    existing_file,
    file_to_write,
)
from sharing.policy_file.exporting import policy_document
from sharing.policy_file.importing import import_policy


class Command(PortalCommand):
    help = "Imports or exports the policy: privacy notices, agreements, opt-outs and their words."
    subcommands = {
        "import": "import a policy from a file, all or nothing",
        "export": "write the whole policy as JSON",
    }

    def add_import(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=existing_file, help="the policy, JSON")
        parser.add_argument("--check", action="store_true", help="check only; store nothing")

    def add_export(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=file_to_write, help="default: standard output")

    def run_import(self, *, file: Path, check: bool, as_json: bool, **_: object) -> None:
        done = import_policy(file, name=str(file), by=None, at=days.now(), check_only=check)
        if as_json:
            self.print_json({"changed": done.changed, "checked_only": check, "file": done.counts})
            return
        counts = ", ".join(f"{count} {what}" for what, count in done.counts.items())
        if not done.changed:
            self.stdout.write(f"Nothing has changed. The file has {counts}.")
        elif check:
            self.stdout.write(f"The file is valid. Nothing was stored. It has {counts}.")
        else:
            self.stdout.write(f"Policy imported: {counts}.")

    def run_export(self, *, file: Path | None, **_: object) -> None:
        document = policy_document()
        if document is None:
            raise CommandError("there is no policy to export yet", returncode=BAD_INPUT)
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if file is None:
            self.stdout.write(text)
            return
        try:
            file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            message = f"cannot write {str(file)!r}: {error.strerror}"
            raise CommandError(message, returncode=BAD_INPUT) from error
        self.note(f"Policy written to {file}.")
