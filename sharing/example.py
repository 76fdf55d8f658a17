"""The Wigan example: a policy, a roll, decisions, and people who can sign in."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction

from consent.decisions.importing import import_opt_outs
from consent.models import Pupil, School, SchoolStaff
from consent.roll.importing import import_roll
from consent.watching.checking import check_schools
from notices.models import Controller
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role, in_order
from privacy_portal.ground.faults import RefusedByRulesError
from sharing.policy_file.importing import import_policy

FOLDER = settings.BASE_DIR / "example" / "wigan"
# Each officer can do whatever officers do, so that two of them show every task of two people.
_OFFICER = (
    Role.OFFICER, Role.APPROVING_OFFICER, Role.PROTECTED_RECORDS_OFFICER, Role.NOTICE_EDITOR,
    Role.NOTICE_PUBLISHER,
)  # fmt: skip
PEOPLE = (
    ("officer@example.org", "Olive Officer", _OFFICER, ()),
    ("second.officer@example.org", "Sam Second", _OFFICER, ()),
    ("school@example.org", "Sadia Secretary", (Role.SCHOOL_STAFF,), ("990001",)),
    ("head.of.data@example.org", "Hari Head", (Role.SCHOOL_HEAD_OF_DATA,), ("990001",)),
    ("auditor@example.org", "Audrey Auditor", (Role.AUDITOR,), ()),
    ("administrator@example.org", "Amir Administrator", (Role.ADMINISTRATOR,), ()),
)
# What stands behind a colon in the file of sign-ins: address, password, secret.
WORDS = 3
# Who leads on protected records, and hears of each look at one.
HEAD = "second.officer@example.org"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What an invented person of the example signs in with; `secret` (base32) is of their app."""

    who: str
    email: str
    password: str
    secret: str


def load_example(*, at: datetime) -> list[SignIn]:
    """Load the example into an empty database and keep its sign-ins in the data folder.

    Raises RefusedByRulesError, with nothing changed, if the database holds anything.
    """
    with transaction.atomic():
        if any(model.objects.exists() for model in (Controller, Pupil, User)):
            raise RefusedByRulesError(
                ["The database is not empty. The example needs an empty one."]
            )
        import_policy(FOLDER / "policy.json", name="policy.json", by=None, at=at)
        import_roll(FOLDER / "roll.csv", name="roll.csv", by=None, at=at)
        import_opt_outs(FOLDER / "opt_outs.csv", name="opt_outs.csv", by=None, at=at)
        check_schools(at=at)
        sign_ins = []
        for email, name, roles, urns in PEOPLE:
            password = secrets.token_urlsafe(12)
            user = User.objects.create_user(
                email=email, name=name, roles=roles, password=password,
                heads_protected_records=email == HEAD,
            )  # fmt: skip
            for school in School.objects.filter(urn__in=urns):
                SchoolStaff.objects.create(user=user, school=school)
            secret = generate_totp_secret()
            TOTP.activate(user, secret)
            sign_ins.append(SignIn(_who(user), email, password, secret))
    path = sign_ins_file()
    path.touch(mode=0o600)
    path.write_text(
        "".join(
            f"{sign_in.who}: {sign_in.email}  {sign_in.password}  {sign_in.secret}\n"
            for sign_in in sign_ins
        )
    )
    return sign_ins


def read_sign_ins() -> list[SignIn]:
    """Return the sign-ins of the example as they are kept; none where it was not loaded."""
    path = sign_ins_file()
    if not path.exists():
        return []
    lines = (line.rpartition(": ") for line in path.read_text().splitlines())
    # An example of before there were apps has no secrets: its people connect their own.
    sign_ins = ((who, what.split()) for who, _, what in lines)
    return [SignIn(who, *words) for who, words in sign_ins if len(words) == WORDS]


def _who(user: User) -> str:
    """Return what somebody can do, as the list of sign-ins says it."""
    roles = [role.label for role in in_order(user.roles)]
    if user.is_officer:
        return f"{Role.OFFICER.label} who also approves, publishes notices and looks after protected pupils"
    where = "".join(f" at {place.school}" for place in user.workplaces.all())
    return f"{', '.join(roles)}{where}"


def sign_ins_file() -> Path:
    """Return where the sign-ins of the example are kept for its owner to look up."""
    return Path(settings.DATA_DIR) / "example-sign-ins.txt"
