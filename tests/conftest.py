"""What tests share: the example's policy, a pupil, officers, a database with real commits."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.test.utils import setup_databases
from hypothesis import settings as hypothesis_settings

from privacy_portal.ground.accounts.models import Role, User
from tests.places import DATA, EXAMPLE

# The policy that the worked cases and the extracts' expected decisions are made for.
POLICY = DATA / "policy.json"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)
UPN = "P207000016049"
ROLL_HEADINGS = (
    "UPN,Former UPNs,Surname,Forename,DOB,Sex,School URN,School,Year group,Address,Postcode,"
    "Parent name,Parent address,Parent email"
)

hypothesis_settings.register_profile("portal", deadline=None, derandomize=True, max_examples=150)
hypothesis_settings.load_profile("portal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long versions of tests")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what tests measured; `record_property` brings it here from each process."""
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == "figure" and report.when == "call":
                    terminalreporter.write_line(f"measured: {text}")


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether this is the long run."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(autouse=True)
def the_examples_day(time_machine: Any) -> None:
    """Tests begin at noon of the day that the example is made for, whenever they are run."""
    time_machine.move_to(NOON, tick=True)


@pytest.fixture(autouse=True)
def no_page_of_another_test() -> None:
    """Rolled back, the stamp takes the same numbers again; outside tests it never does."""
    cache.clear()


@pytest.fixture(autouse=True)
def mails_stay_here(settings: Any) -> None:
    """Mails that jobs send are kept in `django.core.mail.outbox`, like Django's own in tests."""
    settings.SENDING_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def policy(db: None) -> None:
    """The policy of the worked cases, which this test's database was made with."""


@pytest.fixture
def example(policy: None) -> None:
    """The example's policy, roll and decisions, which this test's database was made with."""


# What a test's database is made with, by the fixture that asks for it: the one it is copied from,
# and the commands that add to that.
FILLED: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "policy": ("", [("policy", "import", str(POLICY))]),
    "example": (
        "policy",
        [
            ("roll", "import", str(EXAMPLE / "roll.csv")),
            ("opt_outs", "import", str(EXAMPLE / "opt_outs.csv")),
        ],
    ),
}
_base_names: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> None:
    """Connects to the database with the policy or the example in it before a test that asks for
    them begins its transaction: importing them for every test takes half of the time."""
    if fixturedef.argname == "_django_db_helper":
        blocker = request.getfixturevalue("django_db_blocker")
        filling = next((name for name in ("example", "policy") if name in request.fixturenames), "")
        with blocker.unblock():
            use_database(database_with(filling))


def use_database(name: str) -> None:
    if connection.settings_dict["NAME"] != name:
        connection.close()
        connection.settings_dict["NAME"] = name


def database_with(filling: str) -> str:
    """The name of the database with this in it; made when it is first asked for, and beside it the
    template of its copies."""
    base = _base_names[-1]
    name = f"{base}_{filling}" if filling else base
    if name not in _base_names:
        source, commands = FILLED[filling]
        connections.close_all()
        make_database(name, template_of(database_with(source)))
        use_database(name)
        with time_machine.travel(NOON, tick=False):
            for command in commands:
                call_command(*command, stdout=io.StringIO())
        cache.clear()
        connections.close_all()
        make_database(template_of(name), name)
        _base_names.insert(0, name)
    return name


def template_of(name: str) -> str:
    """The copy of a database that nobody ever connects to, so that it can be copied."""
    return f"{name}_template"


@pytest.fixture
def officer(db: None) -> User:
    return make_user("officer@example.org", Role.OFFICER)


@pytest.fixture
def second_officer(db: None) -> User:
    return make_user("second@example.org", Role.OFFICER)


@pytest.fixture
def secretary(db: None) -> User:
    return make_user("school@example.org", Role.SCHOOL_STAFF)


@pytest.fixture
def editor(officer: User, client: Any) -> User:
    """An officer with the notice role, signed in."""
    officer.edits_notices = True
    officer.save()
    client.force_login(officer)
    return officer


@pytest.fixture
def other_editor(second_officer: User) -> User:
    """Another officer with the notice role."""
    second_officer.edits_notices = True
    second_officer.save()
    return second_officer


def make_user(email: str, role: Role) -> User:
    return User.objects.create_user(email=email, name=email.split("@")[0], role=role, password="x")


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file of this name and content (text is UTF-8) and returns its path."""

    def _write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def pupil_row(**cells: str) -> str:
    """One row of a roll: Ella Barlow of Example High School, aged 14, but for `cells`."""
    known = {
        "UPN": UPN,
        "Surname": "Barlow",
        "Forename": "Ella",
        "DOB": "2012-05-05",
        "Sex": "F",
        "School URN": "990001",
        "School": "Example High School",
        "Year group": "9",
        "Parent name": "Ben Barlow",
    }
    cells = {**known, **{key.replace("_", " "): value for key, value in cells.items()}}
    out = io.StringIO()
    csv.writer(out).writerow([cells.get(heading, "") for heading in ROLL_HEADINGS.split(",")])
    return out.getvalue()


@pytest.fixture
def pupil(policy: None, write: Any) -> Any:
    """Ella Barlow on the roll."""
    from consent.models import Pupil

    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}", "roll.csv"))
    return Pupil.objects.get()


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


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The test database, and beside it a template of it that nobody ever connects to.

    pytest-django's own makes one only if a collected test is marked `django_db`; those with
    `committed` are not, and run alone they would copy the database of the settings.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
        name = str(connection.settings_dict["NAME"])
        connections.close_all()
        make_database(template_of(name), name)
        connections.close_all()
    _base_names.append(name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        for made in _base_names:
            drop_database(template_of(made))
            drop_database(made)


def make_database(name: str, template: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop_database(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_url(name: str) -> str:
    """How another process reaches a database of these tests."""
    known = connection.settings_dict
    user = quote(known["USER"]) + (f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else "")
    if str(known["HOST"]).startswith("/"):
        socket_ = urlencode({"host": known["HOST"], "port": known["PORT"]})
        return f"postgres://{user}@/{name}?{socket_}"
    return f"postgres://{user}@{known['HOST'] or '127.0.0.1'}:{known['PORT'] or 5432}/{name}"


@contextmanager
def cloned_database() -> Iterator[str]:
    """A copy of the test database with the policy in which commits are real; gone afterwards.

    Tables that are only ever added to cannot be flushed, so such tests get a copy to throw
    away. Yields its name; connections made meanwhile, in any thread, go to it.
    """
    original = database_with("policy")
    clone = f"{original}_clone"
    connections.close_all()
    make_database(clone, template_of(original))
    connection.settings_dict["NAME"] = clone
    try:
        yield clone
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = original
        drop_database(clone)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of the test's own with real commits, and the example's policy in it."""
    with django_db_blocker.unblock(), cloned_database() as name:
        yield name
