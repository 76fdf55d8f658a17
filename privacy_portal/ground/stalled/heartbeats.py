"""Whether the program that does the jobs runs: each of its processes writes a heartbeat."""

from django.db import connection

SILENT_MINUTES = 5


def worker_runs() -> bool:
    """Tell whether a worker's heart beat lately, by the clock of the database; 1 query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(mins => %s))",
            [SILENT_MINUTES],
        )
        (runs,) = cursor.fetchone()
    return bool(runs)
