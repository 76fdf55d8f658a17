"""Heartbeats of workers: each process that runs jobs writes one."""

from django.db import connection

SILENT_MINUTES = 5


def worker_runs() -> bool:
    """Return whether a worker wrote a heartbeat in the last minutes, by the database's clock; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(mins => %s))",
            [SILENT_MINUTES],
        )
        (runs,) = cursor.fetchone()
    return bool(runs)
