"""What tests share: the example's policy, a pupil, officers, a database with real commits."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connections
from hypothesis import settings as hypothesis_settings

from consent.models import Pupil
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import NOTICE_ROLES, in_order
from privacy_portal.ground.files import workbooks
from privacy_portal.ground.terms import current as terms
from tests.databases import (
    DATABASES,
    cloned_database,
    database_with,
    drop_database,
    filling_for,
    make_database,
    spare_the_disk,
    template_of,
    use_database,
)
from tests.example import NOON, UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory, SchoolStaffFactory
from tests.lengths import LONG_RUN
from tests.locking import watch_locks
from tests.measuring import MEASURED
from tests.migrated import drop_migrated_database, make_migrated_database
from tests.nowhere import watch_mails_and_pdfs
from tests.server_logs import leaks
from tests.sheets import leave_sheets_plain
from tests.signed_in import prove_for_the_whole_test

hypothesis_settings.register_profile("portal", deadline=None, derandomize=True, max_examples=150)
hypothesis_settings.load_profile("portal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long versions of tests")


def pytest_configure(config: pytest.Config) -> None:
    """Tell every process that tests, before it reads tests, whether this is the long run."""
    if config.getoption("--soak"):
        os.environ[LONG_RUN] = "1"


def pytest_collection_finish() -> None:
    """Spares the cycle collector what stays until the end, and most of its looks at what does not: they
    would take a fifth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


LEAKS: list[str] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run, once all is done, where a server or worker logged something about somebody."""
    if hasattr(session.config, "workerinput") or not django_settings.configured:
        return
    LEAKS.extend(leaks(django_settings.SERVER_LOGS))
    shutil.rmtree(django_settings.SERVER_LOGS, ignore_errors=True)
    if LEAKS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what tests measured; `record_property` brings it here from each process."""
    for line in LEAKS:
        terminalreporter.write_line(f"a server's log names somebody: {line}", red=True)
    for reports in list(terminalreporter.stats.values()):
        for report in reports:
            for name, text in getattr(report, "user_properties", ()):
                if name == "figure" and report.when == "call":
                    terminalreporter.write_line(f"measured: {text}")


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether this is the long run."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(autouse=True, scope="session")
def no_mail_or_pdf_tells_where_a_protected_pupil_is() -> None:
    """Nor does a page: see `tests.nowhere`."""
    watch_mails_and_pdfs()


@pytest.fixture(autouse=True, scope="session")
def cover_sheets_are_laid_out_where_they_are_read() -> None:
    """Leave all other cover sheets plain; their words are looked at (see `tests.sheets`)."""
    leave_sheets_plain()


@pytest.fixture(autouse=True, scope="session")
def readers_of_workbooks_are_measured() -> None:
    """The process that reads workbooks gets nothing of the environment; `make coverage` tells it
    where measurements go."""
    workbooks._LIBRARIES += tuple(MEASURED)


@pytest.fixture(autouse=True)
def the_examples_day(time_machine: Any) -> None:
    """Tests begin at noon of the day that the example is made for, whenever they are run."""
    time_machine.move_to(NOON, tick=True)


@pytest.fixture(autouse=True)
def no_page_of_another_test() -> None:
    """Rolled back, the stamp takes the same numbers again; outside tests it never does."""
    caches["pages"].clear()


@pytest.fixture(autouse=True)
def numbers_and_texts_are_as_usual() -> None:
    """What the policy has set is not asked for in the middle of a test; one that sets it forgets this."""
    terms.hold({}, {})


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


watch_locks()
prove_for_the_whole_test()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> None:
    """Connects to the database with the policy or the example in it before a test that asks for
    them begins its transaction: importing them for every test takes half of the time."""
    if fixturedef.argname == "_django_db_helper":
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock():
            use_database(database_with(filling_for(request.fixturenames)))


@pytest.fixture
def officer(db: None) -> User:
    """One who was there when the database was filled, or a new one."""
    return _officer("officer@example.org")


@pytest.fixture
def second_officer(db: None) -> User:
    return _officer("second@example.org")


def _officer(email: str) -> User:
    there = User.objects.filter(email=email).first()
    return there or OfficerFactory(email=email)


@pytest.fixture
def secretary(db: None) -> User:
    return SchoolStaffFactory(email="school@example.org")


@pytest.fixture
def editor(officer: User, client: Any) -> User:
    """An officer who also writes and publishes notices, signed in."""
    officer.roles = in_order([*officer.roles, *NOTICE_ROLES])
    officer.save()
    client.force_login(officer)
    return officer


@pytest.fixture
def other_editor(second_officer: User) -> User:
    """Another officer who writes and publishes notices."""
    second_officer.roles = in_order([*second_officer.roles, *NOTICE_ROLES])
    second_officer.save()
    return second_officer


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file of this name and content (text is UTF-8) and returns its path."""

    def _write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture
def pupil(policy: None) -> Pupil:
    """Ella Barlow on the roll."""
    return PupilFactory.create(upn=UPN)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """The test database, and beside it a template of it that nobody ever connects to.

    pytest-django's own makes one only if a collected test is marked `django_db`; those with
    `committed` are not, and run alone they would copy the database of the settings.
    """
    with django_db_blocker.unblock():
        spare_the_disk()
        name = make_migrated_database()
        make_database(template_of(name), name)
        connections.close_all()
    DATABASES.append(name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        for made in DATABASES:
            drop_database(template_of(made))
            drop_database(made)
        drop_migrated_database()


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A database of the test's own with real commits, and the example's policy in it."""
    with django_db_blocker.unblock(), cloned_database() as name:
        yield name
