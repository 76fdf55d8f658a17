"""Checks that need a database or an environment of their own: part of `make checks`."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """`check --deploy` as production has it, that no migration would hurt a filled database, and
    that what auditors and witnesses run starts where nothing of the portal is."""
    os.environ.setdefault("PORTAL_DATA_DIR", str(ROOT / "build" / "tests"))
    production = {
        **os.environ,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "portal.example.org",
        "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
        "EMAIL_URL": "smtp+tls://portal:secret@127.0.0.1:587",
        "LOG_SIGNING_KEY_FILE": "/run/credentials/log-key.pem",
        "PORTAL_EXAMPLE": "false",
    }
    manage = [sys.executable, "manage.py"]
    deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    lint = [
        *manage, "lintmigrations", "--settings", "tests.migration_settings",
        "--no-cache", "--sql-analyser", "postgresql", "--warnings-as-errors", "--quiet", "ok", "ignore", "--ignore-name", *ON_NEW_TABLES, *COLUMNS_MOVED, "--exclude-apps", *NOT_OURS,
    ]  # fmt: skip
    alone = [[sys.executable, "-I", "-W", "error", name, "--help"] for name in STAND_ALONE]
    for command in alone:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for command, environment in ((deploy, production), (lint, dict(os.environ))):
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code:
            return code
    return 0


# These run on tables made a moment before, in which nothing can be locked.
ON_NEW_TABLES = ["0002_guards", "0002_cache"]
# A column is dropped that the version before still asks for: it is stopped before migrations run
# (docs/operations.md).
COLUMNS_MOVED = ["0004_one_role_no_more"]
STAND_ALONE = ["verify_log.py", "witness.py"]
NOT_OURS = ["auth", "contenttypes", "sessions", "account", "procrastinate", "mfa", "usersessions"]

if __name__ == "__main__":
    sys.exit(main())
