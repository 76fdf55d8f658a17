"""`statistics check`: makes a table of counts safe (docs/rulebook.md, S)."""

from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from privacy_portal.ground import commands, days
from privacy_portal.ground.faults import RefusedByRulesError
from privacy_portal.ground.files.reading import as_table
from sharing.statistics.across.earlier import About, named
from sharing.statistics.deciding import WHERE, StatisticsDecision, check


class Command(commands.PortalCommand):
    help = "Protects a table of statistics, so that nobody can be identified."
    subcommands = {"check": "check a table, write the protected one, and store nothing"}

    def add_check(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files",
            nargs="+",
            metavar="file",
            type=commands.existing_file,
            help="CSV or XLSX, with labels in the first row and column; it can have totals. Tables of "
            "several files are protected together",
        )
        commands.add_reading(parser)
        parser.add_argument("--agreement", required=True, metavar="REF")
        parser.add_argument(
            "--purpose",
            default="",
            metavar="CODE",
            help="default: the first that the agreement allows",
        )
        parser.add_argument(
            "--on", type=commands.day, metavar="DAY", help="yyyy-mm-dd; default today"
        )
        parser.add_argument(
            "--counts",
            default="",
            metavar="TEXT",
            help="what the tables count, in the words used before; default: compared with every table",
        )
        parser.add_argument(
            "--counts-on",
            type=commands.day,
            metavar="DAY",
            help="the date of the numbers; default: that of the check",
        )
        parser.add_argument(
            "--group", default="", metavar="TEXT", help="whose numbers these are, as “Year 6”"
        )
        parser.add_argument(
            "--contributors",
            default="",
            choices=sorted(WHERE),
            help="where schools are, if the agreement protects against who knows their own numbers",
        )
        parser.add_argument(
            "--out",
            type=commands.file_to_write,
            metavar="FILE",
            help="where to write the protected table",
        )

    def run_check(
        self,
        *,
        files: list[Path],
        agreement: str,
        on: date | None,
        out: Path | None,
        as_json: bool,
        **options: Any,
    ) -> None:
        on = on or days.today()
        about = About(options["counts_on"] or on, options["counts"], options["group"])
        with ExitStack() as stack:
            reading = commands.reading_of(options)
            sheets = [
                (str(file), stack.enter_context(as_table(file, str(file), reading)))
                for file in files
            ]
            decision = check(
                sheets,
                agreement,
                on,
                options["purpose"],
                about=about,
                contributors=options["contributors"],
            )
        if as_json:
            self.print_json(decision.document())
        if decision.refused:
            raise RefusedByRulesError(_refusal(decision))
        for warning in decision.warnings:
            self.note(warning)
        if out is not None:
            try:
                out.write_text(decision.csv(), encoding="utf-8", newline="")
            except OSError as error:
                message = f"cannot write {str(out)!r}: {error.strerror}"
                raise CommandError(message, returncode=commands.BAD_INPUT) from error
            self.note(
                f"Written to {out}. This is not in the log. To release a table, go to /staff/statistics/."
            )
        elif not as_json:
            self.stdout.write(decision.csv(), ending="")
        if not as_json:
            self.note(f"{decision.method}: {decision.summary()}")
            if decision.earlier:
                self.note(f"Counted as known: {named(decision.earlier)}.")


def _refusal(decision: StatisticsDecision) -> list[str]:
    sentences = [f"Refused: {code}. {sentence}" for code, sentence in decision.reasons]
    if decision.person_level:
        named = ", ".join(map(repr, decision.person_level))
        sentences.append(f"This looks like a row for each person, because of: {named} (S3).")
    return sentences
