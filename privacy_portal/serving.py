"""`make run`: the example, ready to use, on this machine alone."""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode

from django.conf import LazySettings

HOST = "127.0.0.1"
CANNOT_START = 2
# How long web server and worker may take to end what they are doing; then they are killed.
END_SECONDS = 8
# What runs beside the web server is started again where it ends: so often within so many seconds,
# then not before these have passed.
STARTS, WITHIN_SECONDS = 4, 60


class PortError(Exception):
    """Nobody can serve on this port; the message says why."""


def main() -> int:
    """Migrate, load the example into an empty database, print how to sign in, and serve.

    Returns the server's exit code, 2 with a sentence where it cannot start; the embedded PostgreSQL
    stops with this process.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    os.environ["PORTAL_EXAMPLE"] = "true"
    from django.core.exceptions import ImproperlyConfigured

    try:
        return _serve()
    except (ImproperlyConfigured, PortError) as error:
        print(error, file=sys.stderr)
        return CANNOT_START


def _serve() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from privacy_portal.ground import days
    from privacy_portal.ground.checks import OLDER, made_by_an_older_version
    from privacy_portal.ground.faults import RefusedByRulesError
    from sharing.example import load_example, sign_ins_file

    check_free(settings.PORT)
    if made_by_an_older_version():
        raise ImproperlyConfigured(OLDER)
    call_command("migrate", verbosity=0)
    try:
        load_example(at=days.now())
    except RefusedByRulesError:
        print("The database already has data. Nothing was changed.")
    environment = {**os.environ, "SECRET_KEY": settings.SECRET_KEY, **database(settings)}
    connection.close()
    check_free(settings.PORT)
    if sign_ins_file().exists():
        print(
            f"\nSign in at http://{HOST}:{settings.PORT}/accounts/login/ with one of these accounts:\n"
        )
        print(sign_ins_file().read_text())
    print("Starting …", flush=True)
    return run_together(
        [granian(settings.PORT), WORKER, SIGNER],
        environment,
        settings.BASE_DIR,
        is_ready=lambda: answers(settings.PORT),
        ready=f"The portal is running at http://{HOST}:{settings.PORT}/ (press Ctrl+C to stop)",
    )


def answers(port: int) -> bool:
    """Return whether somebody takes connections at the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def check_free(port: int) -> None:
    """Raise PortError if another server has the port, even one that would share its requests."""
    with socket.socket() as probe:
        # A connection that was closed a moment ago does not count; a server does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortError(
                    f"Port {port} is in use by another program. Choose another, such as "
                    f"`PORT={port + 1 if port < 65_535 else port - 1} make run`."
                ) from error
            raise PortError(f"Port {port} cannot be used: {error.strerror}.") from error


def run_together(
    commands: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    folder: Path,
    *,
    is_ready: Callable[[], bool] = lambda: True,
    ready: str = "",
) -> int:
    """Run the processes until a signal or the end of the first; return its exit code. Print `ready` as soon as
    `is_ready` says so.

    Others that end are started again. All end within seconds.
    """
    # A plain list: what a signal interrupts may hold the lock of an Event, and then waits for ever.
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: signals.append(number))

    def start(command: Sequence[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(command, env=environment, cwd=folder)

    processes = [start(command) for command in commands]
    starts = [[monotonic()] for _ in commands]
    try:
        while processes[0].poll() is None and not signals:
            sleep(0.2)
            if ready and is_ready():
                print(ready, flush=True)
                ready = ""
            for place in range(1, len(commands)):
                if processes[place].poll() is not None and _may_start(starts[place], monotonic()):
                    print(f"Started again: {' '.join(commands[place][1:3])}", file=sys.stderr)
                    processes[place] = start(commands[place])
    finally:
        _end(processes)
    return 0 if signals else processes[0].returncode


def _may_start(starts: list[float], now: float) -> bool:
    """Return whether a process that ended may start again, and note its start (seconds of one
    clock)."""
    if sum(now - begun < WITHIN_SECONDS for begun in starts) >= STARTS:
        return False
    starts[:] = [*starts[-STARTS:], now]
    return True


def _end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.terminate()
    until = monotonic() + END_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, until - monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


# Sends mails and does what is due by the clock.
WORKER = [
    sys.executable, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", "5",
]  # fmt: skip


# Signs checkpoints of the log; the only one of them that reads the key.
SIGNER = [sys.executable, "manage.py", "log", "sign"]


def granian(port: int, *, workers: int = 2, log_level: str = "warning") -> list[str]:
    """Return the command that serves the portal on the loopback interface."""
    return [
        str(Path(sys.executable).parent / "granian"),
        "--interface", "asginl", "--http", "1", "--no-ws", "--loop", "asyncio",
        "--host", HOST, "--port", str(port), "--workers", str(workers), "--backpressure", "900",
        "--workers-kill-timeout", "5", "--respawn-failed-workers", "--log-level", log_level,
        "privacy_portal.asgi:application",
    ]  # fmt: skip


def database(settings: LazySettings) -> dict[str, str]:
    """Return the address of the embedded server for the workers, if it is in use."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "privacy_portal.ground.embedded":
        return {}
    socket = urlencode({"host": database["HOST"], "port": database["PORT"]})
    return {"DATABASE_URL": f"postgres://{database['USER']}@/{database['NAME']}?{socket}"}


if __name__ == "__main__":
    sys.exit(main())
