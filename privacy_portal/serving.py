"""`make run`: the example, ready to use, on this machine alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


def main() -> int:
    """Migrates, loads the example into an empty database, prints how to sign in, and serves.

    Returns the server's exit code; the embedded PostgreSQL stops with this process.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    os.environ["PORTAL_EXAMPLE"] = "true"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from privacy_portal import days
    from privacy_portal.faults import RefusedByRulesError
    from sharing.example import load_example, sign_ins_file

    call_command("migrate", verbosity=0)
    try:
        load_example(at=days.now())
    except RefusedByRulesError:
        print("The database has data already; it is kept.")
    environment = {**os.environ, "SECRET_KEY": settings.SECRET_KEY, **database(settings)}
    connection.close()
    if sign_ins_file().exists():
        print(f"\nSign in at http://127.0.0.1:{settings.PORT}/accounts/login/ as\n")
        print(sign_ins_file().read_text())
    print(f"The portal is at http://127.0.0.1:{settings.PORT}/ (Ctrl-C ends it)", flush=True)
    server = subprocess.Popen(granian(settings.PORT), env=environment)
    worker = subprocess.Popen(WORKER, env=environment, cwd=settings.BASE_DIR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.terminate())
    try:
        return server.wait()
    finally:
        worker.terminate()
        worker.wait()


# Sends mails and does what is due by the clock.
WORKER = [sys.executable, "manage.py", "procrastinate", "worker"]


def granian(port: int) -> list[str]:
    """The command that serves the portal on the loopback interface."""
    return [
        str(Path(sys.executable).parent / "granian"),
        "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "4", "--log-level", "warning",
        "privacy_portal.wsgi:application",
    ]  # fmt: skip


def database(settings: Any) -> dict[str, str]:
    """For the workers: the embedded server that this process holds open, if it is in use."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "privacy_portal.embedded":
        return {}
    socket = urlencode({"host": database["HOST"], "port": database["PORT"]})
    return {"DATABASE_URL": f"postgres://{database['USER']}@/{database['NAME']}?{socket}"}


if __name__ == "__main__":
    sys.exit(main())
