"""`users`: the first administrator, and accounts for scripts; pages do the rest."""

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role, in_order
from privacy_portal.ground.commands import BAD_INPUT, REFUSED, PortalCommand, staff_user
from privacy_portal.ground.errors import NotNowError
from privacy_portal.people import inviting, keeping, queries, rules


class Command(PortalCommand):
    help = "Adds, lists and deactivates people who sign in."
    subcommands = {
        "add": "add somebody and email them a link to set a password",
        "list": "list everybody, with roles, schools and last sign-in",
        "deactivate": "end somebody's access at once",
    }

    def add_add(self, parser: CommandParser) -> None:
        """Add who it is, their roles and schools."""
        parser.add_argument("email", metavar="EMAIL", type=_email)
        parser.add_argument("--name", required=True, metavar="N", help="full name")
        parser.add_argument(
            "--role", required=True, action="append", dest="roles", choices=[*map(str, Role)],
            metavar="R", help=f"one of: {', '.join(Role)}; several with --role for each",
        )  # fmt: skip
        parser.add_argument(
            "--school", action="append", dest="schools", default=[], metavar="URN",
            help="of school staff: where they work; several with --school for each",
        )  # fmt: skip

    def run_add(
        self,
        *,
        email: str,
        name: str,
        roles: list[str],
        schools: list[str],
        as_json: bool,
        **_: Any,
    ) -> None:
        held = in_order(roles)
        if not name.strip() or len(name) > 200:
            raise CommandError("--name must have 1 to 200 characters", returncode=BAD_INPUT)
        if fault := rules.fault_in_roles(held) or rules.fault_in_schools(held, schools):
            raise CommandError(fault, returncode=BAD_INPUT)
        try:
            user = keeping.add(
                email=email, name=name.strip(), roles=held, schools=schools, by=None, at=days.now()
            )
        except NotNowError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        link = inviting.link_for(user)
        if as_json:
            self.print_json({**_document(user), "link": link})
            return
        self.stdout.write(f"Added {user.name}: {', '.join(role.label for role in held)}.")
        self.stdout.write(f"The link to set a password is emailed to {user.email}:\n{link}")

    def add_list(self, parser: CommandParser) -> None:
        """Add no argument besides `--json`."""

    def run_list(self, *, as_json: bool, **_: Any) -> None:
        people = queries.everyone()
        if as_json:
            self.print_json([_document(user) for user in people])
            return
        for user in people:
            roles = ", ".join(role.label for role in in_order(user.roles)) or "no role"
            schools = ", ".join(queries.schools_of_user(user))
            last = f"{user.last_login:%Y-%m-%d}" if user.last_login else "never"
            ended = "" if user.is_active else "; deactivated"
            where = f" at {schools}" if schools else ""
            self.stdout.write(
                f"{user.email}: {user.name}; {roles}{where}; last sign-in {last}{ended}"
            )

    def add_deactivate(self, parser: CommandParser) -> None:
        """Add whose access ends."""
        parser.add_argument("email", metavar="EMAIL")

    def run_deactivate(self, *, email: str, as_json: bool, **_: Any) -> None:
        user = staff_user(email)
        try:
            keeping.deactivate(user, by=None, at=days.now())
        except NotNowError as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        user.refresh_from_db()
        if as_json:
            self.print_json(_document(user))
            return
        self.stdout.write(f"{user.name} can no longer sign in.")


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an email address") from error
    return text


def _document(user: User) -> dict[str, object]:
    """Return somebody as `--json` gives them."""
    return {
        "email": user.email,
        "name": user.name,
        "roles": user.roles,
        "schools": queries.schools_of_user(user),
        "active": user.is_active,
        "last_sign_in": user.last_login.isoformat() if user.last_login else None,
    }
