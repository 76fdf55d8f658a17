"""`log verify`: recomputes the whole log."""

from django.core.management.base import CommandError, CommandParser

from privacy_portal.ground.commands import REFUSED, PortalCommand
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.disclosures.verifying import verify_log

PROGRESS = 10_000


class Command(PortalCommand):
    help = "Checks that the log has not been changed."
    subcommands = {"verify": "recompute every entry, every disclosure and the root"}

    def add_verify(self, parser: CommandParser) -> None:
        """Add no argument besides `--json`."""

    def run_verify(self, *, as_json: bool, **_: object) -> None:
        try:
            verified = verify_log(self._progress)
        except LogBrokenError as error:
            if as_json:
                self.print_json({"sound": False, "first_bad_entry": error.seq, "why": error.why})
            raise CommandError(f"Log check failed: {error}.", returncode=REFUSED) from error
        if as_json:
            self.print_json({"sound": True, "size": verified.size, "root": verified.root})
            return
        self.stdout.write(f"Log check passed: {verified.size:,} entries, root {verified.root}.")

    def _progress(self, entries: int) -> None:
        if entries % PROGRESS == 0:
            self.note(f"{entries:,} entries verified")
