"""What keeps a production server from starting: named, never guessed around."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from pkgutil import iter_modules

from django.conf import settings
from django.core import checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django_linear_migrations.apps import first_party_app_configs

MIN_SECRET = 50
# Ways in which PostgreSQL's client library encrypts and knows whom it speaks to.
VERIFIED = frozenset({"verify-ca", "verify-full"})


def _faults() -> Iterator[tuple[bool, str, str, str]]:
    """Yield whether each thing is wrong, what it is, what to do about it, and its number."""
    yield (
        len(os.environ.get("SECRET_KEY", "")) < MIN_SECRET,
        "SECRET_KEY is not set, or shorter than 50 characters.",
        "Set it in the environment to a long random text kept apart from the data.",
        "E001",
    )
    yield settings.DEBUG, "DEBUG is on.", "Unset it.", "E002"
    yield (
        "*" in settings.ALLOWED_HOSTS,
        "ALLOWED_HOSTS lets any host name in.",
        "Name the portal's own host names.",
        "E003",
    )
    yield (
        not os.environ.get("DATABASE_URL"),
        "DATABASE_URL is not set: the embedded PostgreSQL is for the example and tests.",
        "Name a PostgreSQL server of version 15 or newer.",
        "E004",
    )
    yield (
        not settings.PORTAL_ADDRESS.startswith("https://"),
        "PORTAL_ADDRESS (used for links in emails) must start with https://.",
        "Set it to the portal's own address.",
        "E005",
    )
    yield (
        bool(settings.NOTIFY_API_KEY and not settings.NOTIFY_TEMPLATE_ID),
        "NOTIFY_API_KEY is set, but NOTIFY_TEMPLATE_ID is not.",
        "Name a template with the subject ((subject)) and the text ((body)).",
        "E007",
    )
    yield (
        not (settings.NOTIFY_API_KEY or os.environ.get("EMAIL_URL")),
        "Neither EMAIL_URL nor NOTIFY_API_KEY is set: emails will not be sent.",
        "Name a mail server, such as smtp+tls://user:password@mail.example.org:587.",
        "E006",
    )
    yield (
        _is_elsewhere(_database_host()) and _sslmode() not in VERIFIED,
        "DATABASE_URL names a server on another machine without an encrypted connection to it.",
        "Add ?sslmode=verify-full&sslrootcert=… to DATABASE_URL.",
        "E008",
    )
    yield (
        not settings.LOG_SIGNING_KEY_FILE,
        "LOG_SIGNING_KEY_FILE is not set: the log would be signed with a key beside the data.",
        "Name the file of an Ed25519 key that only `manage.py log sign` can read.",
        "E011",
    )
    yield (
        _sends_in_the_open(),
        "EMAIL_URL names a mail server on another machine without an encrypted connection to it.",
        "Use smtp+tls:// or smtp+ssl://.",
        "E009",
    )


def _database_host() -> str:
    database = settings.DATABASES["default"]
    return str(database.get("HOST") or database["OPTIONS"].get("host", ""))


def _sslmode() -> str:
    return str(settings.DATABASES["default"]["OPTIONS"].get("sslmode", ""))


def _sends_in_the_open() -> bool:
    smtp = settings.SENDING_BACKEND.endswith("smtp.EmailBackend")
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    return smtp and not encrypted and _is_elsewhere(settings.EMAIL_HOST)


def _is_elsewhere(host: str) -> bool:
    """Return whether a host is another machine; a socket, or no host, is this one."""
    if not host or host.startswith(("/", "%2F", "%2f", "@")):
        return False
    with suppress(ValueError):
        return not ip_address(host).is_loopback
    return host != "localhost"


@checks.register(checks.Tags.security, deploy=True)
def safe_settings(**_: object) -> list[checks.CheckMessage]:
    """Report a missing or weak secret, debugging, and hosts that are anyone's as errors."""
    return [
        checks.Error(message, hint=hint, id=f"portal.{number}")
        for wrong, message, hint, number in _faults()
        if wrong
    ]


OLDER = (
    "The database was made by an older version of the portal, whose tables cannot be taken over: "
    "move the data folder away or set PORTAL_DATA_DIR to an empty one (with DATABASE_URL, give an "
    "empty database), and start again."
)


def made_by_an_older_version() -> bool:
    """Return whether migrations of the portal's own were applied that it no longer has; 1 query."""
    applied = MigrationRecorder(connection).applied_migrations()
    present = {
        (config.label, module.name)
        for config in first_party_app_configs()
        for module in iter_modules([str(Path(config.path) / "migrations")])
    }
    own = {label for label, _ in present}
    return any(label in own for label, _ in applied.keys() - present)


@checks.register(checks.Tags.database)
def database_of_this_version(
    databases: Sequence[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """Refuse `migrate` on the database of an older version, before anything changes."""
    if databases and made_by_an_older_version():
        return [checks.Error(OLDER, id="portal.E010")]
    return []
