"""`example load`: the Wigan example in an empty database."""

from dataclasses import asdict

from django.core.management.base import CommandParser

from privacy_portal.ground import days
from privacy_portal.ground.commands import PortalCommand
from sharing.example import load_example, sign_ins_file


class Command(PortalCommand):
    help = "Loads the Wigan example, with invented people."
    subcommands = {"load": "load the example into an empty database"}

    def add_load(self, parser: CommandParser) -> None:
        """Add no argument besides `--json`."""

    def run_load(self, *, as_json: bool, **_: object) -> None:
        sign_ins = load_example(at=days.now())
        if as_json:
            self.print_json([asdict(sign_in) for sign_in in sign_ins])
            return
        self.stdout.write(
            f"The example is loaded. Sign in with one of these accounts (also in {sign_ins_file()}):"
        )
        for sign_in in sign_ins:
            self.stdout.write(
                f"  {sign_in.who}: {sign_in.email}  {sign_in.password}  {sign_in.secret}"
            )
