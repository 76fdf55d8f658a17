"""Whether the program that does the jobs runs: each of its processes writes a heartbeat."""

from datetime import timedelta

from django.db import connection

SILENT = timedelta(minutes=5)


def worker_runs() -> bool:
    """Whether any worker's heart beat lately, by the clock of the database, which wrote it; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - %s)",
            [SILENT],
        )
        (runs,) = cursor.fetchone()
    return bool(runs)
