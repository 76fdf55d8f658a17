"""`disclosure check` and `disclosure release`: decide on an extract, and release it."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from notices.models import Recipient
from privacy_portal.ground import commands, days
from privacy_portal.ground.accounts.access import Action, may
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.faults import RefusedByRulesError
from sharing.assurances.queries import review_of
from sharing.cover_sheets.making import check_can_make, fingerprint, make
from sharing.cover_sheets.writing import names_beside
from sharing.deciding.deciding import ExtractDecision, deciding, seen_for
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import load
from sharing.disclosures.attempt import claim
from sharing.disclosures.sentences import WAS, WILL, Tense, of_file
from sharing.disclosures.undoing import NO_FILE, undo
from sharing.errors import (
    NeedsApprovalError,
    NoCoverSheetError,
    NotDeliveredError,
    StalledError,
)
from sharing.models import Release
from sharing.releases.extract_files import SOURCES, as_extract, as_workbook
from sharing.releases.handing_over import HandOver, hand_over
from sharing.releases.request import Request
from sharing.two_files.ahead import Comparison

PROGRESS = 50_000
_HIDDEN = "Nothing was released. To release it all, use --include-hidden."


class Command(commands.PortalCommand):
    help = "Checks an extract, and releases what the rules allow."
    subcommands = {
        "check": "check a file, and store nothing",
        "release": "check a file, log the release, and write what can be released",
    }

    def add_check(self, parser: CommandParser) -> None:
        self._add_request(parser)
        parser.add_argument(
            "--on", type=commands.day, metavar="DAY", help="yyyy-mm-dd; default today"
        )

    def add_release(self, parser: CommandParser) -> None:
        self._add_request(parser)
        parser.add_argument(
            "--out",
            type=commands.file_to_write,
            required=True,
            metavar="FILE",
            help="new file; its cover sheet is written beside it, as FILE.cover.txt and FILE.cover.pdf",
        )
        parser.add_argument(
            "--by", required=True, metavar="USER", help="a council officer's email address"
        )
        parser.add_argument(
            "--request-reference", default="", metavar="TEXT", help="the organisation's reference"
        )
        parser.add_argument(
            "--include-hidden",
            action="store_true",
            help="release the rows and columns that the workbook hides too",
        )

    def _add_request(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=commands.existing_file, help="the extract: CSV, XLSX or CTF"
        )
        parser.add_argument("--agreement", required=True, metavar="REF")
        parser.add_argument("--purpose", required=True, metavar="CODE")
        commands.add_reading(parser)

    def run_check(
        self,
        *,
        file: Path,
        agreement: str,
        purpose: str,
        on: date | None,
        as_json: bool,
        **options: object,
    ) -> None:
        on = on or days.today()
        loaded = load(agreement, purpose, on)
        seen = seen_for(on, days.now())
        with as_extract(file, str(file), commands.reading_of(options)) as opened:
            extract = open_extract(opened.path, str(file), loaded)
            with (
                transaction.atomic(),
                deciding(loaded, extract.columns, warnings=opened.warnings) as decider,
            ):
                decider.read(extract)
                comparison = Comparison(loaded)
                for segment in decider.segments(seen):
                    with comparison.collecting():
                        for batch in segment:
                            comparison.add(batch)
                            self._progress(batch.first - 1, decider.total)
                decision = comparison.concluded(decider)
        self._print(decision, as_json, WILL)
        if decision.refused:
            raise RefusedByRulesError(_refusal(decision))

    def run_release(
        self,
        *,
        file: Path,
        out: Path,
        by: str,
        request_reference: str,
        as_json: bool,
        **options: Any,
    ) -> None:
        user = commands.staff_user(by)
        if not may(user, Action.RELEASE):
            raise CommandError(f"{by} is not a council officer", returncode=commands.BAD_INPUT)
        if len(request_reference) > 200:
            raise CommandError(
                "--request-reference is longer than 200 characters", returncode=commands.BAD_INPUT
            )
        beside = [out.with_name(name) for name in names_beside(out.name)]
        reserved: list[Path] = []
        try:
            check_can_make()
            for path in (out, *beside):
                _reserve(path)
                reserved.append(path)
            with as_extract(file, str(file), commands.reading_of(options)) as opened:
                if opened.warnings and not options["include_hidden"]:
                    raise RefusedByRulesError([*opened.warnings, _HIDDEN])
                agreement, purpose = options["agreement"], options["purpose"]
                request = Request(
                    opened.path, str(file), agreement, purpose, user, request_reference,
                    warnings=opened.warnings, source=SOURCES[opened.source],
                )  # fmt: skip
                handover = hand_over(request, clock=days.now, keep_findings=as_json)
                if handover.file is not None:
                    _write(handover, out, workbook=opened.source == Release.Source.XLSX)
                    reserved = []
        except NeedsApprovalError as error:
            raise RefusedByRulesError([*error.reveals, str(error)]) from error
        except (
            StalledError, NotNowError, NoCoverSheetError, NotDeliveredError,
        ) as error:  # fmt: skip
            raise RefusedByRulesError([str(error)]) from error
        finally:
            for path in reserved:
                path.unlink(missing_ok=True)
        self._print(handover.decision, as_json, WAS)
        if handover.decision.refused:
            raise RefusedByRulesError(_refusal(handover.decision))
        self.note(
            f"Written to {out}, with its cover sheet beside it ({beside[0]} and {beside[1].name}). "
            f"See log entry {handover.disclosure.entry}."
        )
        self._note_assurance(handover.disclosure.recipient)

    def _note_assurance(self, recipient: Recipient | None) -> None:
        """Q3 Say what of the recipient's assurance has ended; it keeps nothing back."""
        sentences = review_of(recipient.pk, days.today()).sentences if recipient else []
        for sentence in sentences:
            self.note(f"Warning: {sentence} Ask {recipient} for its renewal.")

    def _progress(self, before: int, rows: int) -> None:
        if before // PROGRESS < rows // PROGRESS:
            self.note(f"{rows:,} rows checked")

    def _print(self, decision: ExtractDecision, as_json: bool, tense: Tense) -> None:
        if as_json:
            self.print_json(decision.document())
            return
        self.stdout.write(f"Outcome: {decision.outcome}")
        for warning in decision.summary_with_unmatched().get("warnings", []):
            self.stdout.write(f"Warning: {warning}")
        if decision.needs_approval:
            why = ["it includes special category data"] if decision.special_category else []
            why += ["together with earlier files, it shows who has opted out"] * bool(
                decision.reveals
            )
            self.stdout.write(f"A second officer must approve this: {' and '.join(why)}.")
        for column in decision.columns:
            if column.reason:
                self.stdout.write(
                    f"Column {column.heading!r} withheld: {column.reason}. {column.reason.sentence}"
                )
        if (rows := decision.rows) is None:
            return
        self.stdout.write(
            of_file(
                decision.outcome,
                decision.summary()["rows"],
                tense,
                unlocated=bool(decision.unlocated),
            )
        )
        self.stdout.write(
            f"Rows: {rows.total:,} in total; {rows.released:,} in full, "
            f"{rows.reduced:,} with basic details only, {rows.withheld:,} withheld."
        )
        for (outcome, reason), count in decision.reason_counts.items():
            self.stdout.write(f"{count:,} {outcome}: {reason}. {reason.sentence}")


def _write(handover: HandOver, out: Path, *, workbook: bool) -> None:
    """Write the cover sheet beside `out` (H5), then the permitted file; if anything fails nothing leaves,
    and the log says so. Each appears whole or not at all."""
    permitted, facts, disclosure = handover.file, handover.facts, handover.disclosure
    assert permitted is not None
    assert facts is not None
    try:
        file = as_workbook(permitted) if workbook else permitted
        sheet = make(disclosure, facts, file_name=out.name, sha256=fingerprint(file), at=days.now())
        for name, content in sheet.beside(out.name).items():
            with _appearing(out.with_name(name)) as path:
                path.write_bytes(content)
        with _appearing(out) as path:
            shutil.copyfile(file, path)
            claim(permitted)
    except NotDeliveredError:
        raise  # another process has undone it
    except BaseException as error:
        undo(disclosure, why=NO_FILE, at=days.now())
        for file in permitted.parent.glob(f"{permitted.stem}.*"):
            file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            message = f"cannot write {str(out)!r}: {error.strerror}. Nothing was released; this is in the log"
            raise CommandError(message, returncode=commands.BAD_INPUT) from error
        if isinstance(error, Exception):
            raise NotDeliveredError from error
        raise


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Yield a new file to be written, which then takes the place of the reserved one at once."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        unfinished.touch(mode=0o600, exist_ok=False)
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _refusal(decision: ExtractDecision) -> list[str]:
    return [f"Refused: {reason}. {reason.sentence}" for reason in decision.reasons]


def _reserve(out: Path) -> None:
    """Create the empty file that a finished one will replace; never overwrite another."""
    try:
        os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        message = f"{str(out)!r} already exists; name a new file"
        raise CommandError(message, returncode=commands.BAD_INPUT) from error
    except OSError as error:
        message = f"cannot write {str(out)!r}: {error.strerror}"
        raise CommandError(message, returncode=commands.BAD_INPUT) from error
