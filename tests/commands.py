"""Commands of the portal, run in this process as the shell would."""

import io

from django.core.management import call_command
from django.core.management.base import CommandError


class Ran:
    """A command that was run in this process: exit code, standard output, what it said."""

    def __init__(self, code: int, out: str, said: str):
        self.code, self.out, self.said = code, out, said


def run(*arguments: object) -> Ran:
    """Runs a command of the portal as the shell would see it."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return Ran(error.returncode, out.getvalue(), f"{err.getvalue()}{error}")
    return Ran(0, out.getvalue(), err.getvalue())
