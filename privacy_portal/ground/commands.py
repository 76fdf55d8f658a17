"""What the portal's commands share: subcommands, exit codes, `--json`, faults on stderr.

Exit codes are part of the contract: 0 done, 2 bad usage or bad input, 3 refused by
the rules.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.checks import OLDER, made_by_an_older_version
from privacy_portal.ground.days import read_day
from privacy_portal.ground.faults import BadInputError, RefusedByRulesError
from privacy_portal.ground.files.reading import Reading

BAD_INPUT = 2
REFUSED = 3


class PortalCommand(BaseCommand):
    """A command with subcommands: each `add_<name>` declares one, each `run_<name>` does it."""

    requires_system_checks = []
    subcommands: dict[str, str] = {}
    # Whether standard output has its one JSON document already.
    has_document = False

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")
        for name, text in self.subcommands.items():
            sub = choices.add_parser(name, help=text, description=text)
            sub.add_argument(
                "--json", action="store_true", dest="as_json", help="print one JSON document"
            )
            getattr(self, f"add_{name}")(sub)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as Django does; where arguments are wrong, `--json` still gives a document."""
        self.has_document = False
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            if end.code == BAD_INPUT and "--json" in argv and not self.has_document:
                self.print_json(
                    {"error": "The arguments are not understood; standard error says why."}
                )
            raise

    def handle(self, *args: object, **options: object) -> None:
        self.has_document = False
        run: Callable[..., None] = getattr(self, f"run_{options['subcommand']}")
        try:
            if made_by_an_older_version():
                raise CommandError(OLDER, returncode=BAD_INPUT)
            run(**options)
        # COPY raises the driver's own errors, which Django does not wrap.
        except (
            BadInputError, RefusedByRulesError, CommandError, DatabaseError, psycopg.Error,
        ) as error:  # fmt: skip
            refusal = _refusal_of(error)
            if options["as_json"] and not self.has_document:
                self.print_json(_document_of(error, refusal))
            raise refusal from error

    def print_json(self, document: object) -> None:
        self.has_document = True
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))

    def note(self, text: str) -> None:
        """Write a message to standard error: standard output carries only the result."""
        self.stderr.write(text, self.style.NOTICE)


def _refusal_of(error: Exception) -> CommandError:
    """Return the sentences and the exit code of what went wrong. Raises again what is a fault of ours."""
    match error:
        case CommandError():
            return error
        case BadInputError():
            return CommandError("\n".join(error.sentences()), returncode=BAD_INPUT)
        case RefusedByRulesError():
            return CommandError("\n".join(error.sentences), returncode=REFUSED)
    if sentence := locks.sentence_of(error):
        return CommandError(sentence, returncode=BAD_INPUT)
    raise error


def _document_of(error: Exception, refusal: CommandError) -> dict[str, object]:
    """Return what went wrong as JSON; of bad input each fault with its place."""
    document: dict[str, object] = {"error": str(refusal)}
    if isinstance(error, BadInputError):
        document["faults"] = [
            {
                "file": error.name,
                "line": fault.line,
                "column": fault.column,
                "message": fault.message,
            }
            for fault in error.faults
        ]
    return document


def existing_file(text: str) -> Path:
    """Return an argument that names a readable file."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"file not found: {text!r}")
    try:
        path.open("rb").close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {text!r}: {error.strerror}") from error
    return path


def file_to_write(text: str) -> Path:
    """Return an argument that names a file to write: a new one, or one that is replaced."""
    return _to_write(text, Path.is_file, "a file")


def folder_to_write(text: str) -> Path:
    """Return an argument that names a folder to write into, whether or not it is there."""
    return _to_write(text, Path.is_dir, "a folder")


def _to_write(text: str, is_one: Callable[[Path], bool], what: str) -> Path:
    path = Path(text)
    if not text.strip():
        raise argparse.ArgumentTypeError(f"the name is empty: give the name of {what} to write")
    try:
        in_the_way = (path.exists() or path.is_symlink()) and not is_one(path)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot write {text!r}: {error.strerror}") from error
    if in_the_way:
        raise argparse.ArgumentTypeError(
            f"{text!r} is there and is not {what}, so it is left alone: give another name"
        )
    return path


def add_reading(parser: CommandParser) -> None:
    """Add the options that say how a file is read, for `reading_of`."""
    parser.add_argument(
        "--sheet", default="", metavar="NAME", help="of a workbook with several sheets: which one"
    )
    parser.add_argument(
        "--encoding", default="", metavar="NAME",
        help="of a text that is not UTF-8: which encoding, for example windows-1250; whatever it "
        "gives is taken as meant",
    )  # fmt: skip


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how the file of a command is to be read, by its options."""
    return Reading(sheet=options["sheet"], encoding=options["encoding"])


def day(text: str) -> Any:
    """Return an argument that is a day, `yyyy-mm-dd`."""
    parsed = read_day(text)
    if parsed is None or "-" not in text[4:5]:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date. Use yyyy-mm-dd")
    return parsed


def staff_user(text: str) -> User:
    """Return the member of staff with the e-mail address `text`, as named on the command line."""
    user = User.objects.filter(email__iexact=text, is_active=True).first()
    if user is None:
        raise CommandError(f"no active user has the email address {text!r}", returncode=BAD_INPUT)
    return user
