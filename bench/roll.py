"""A roll of 100,000 pupils imported into an empty database.

Baseline, in the same run: reading that CSV and a COPY of its rows. Each run of either is
a process of its own, with a database of its own for ours.
"""

import csv
import json
import os
import sys
import time
from pathlib import Path

from common import RUNS, in_own_process, peak_mib, people, report, scratch, write_csv

ROWS = 100_000


def ours(folder: Path) -> float:
    from consent.roll_importing import import_roll
    from privacy_portal import days

    start = time.perf_counter()
    done = import_roll(folder / "roll.csv", name="roll.csv", by=None, at=days.now())
    taken = time.perf_counter() - start
    assert done.added == ROWS, done
    return taken


def baseline(folder: Path) -> float:
    from django.db import connection, transaction

    headings = list(next(people(1)))
    columns = ", ".join(f"c{number} text" for number in range(len(headings)))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_roll")
        cursor.execute(f"CREATE TABLE bench_roll ({columns})")
    start = time.perf_counter()
    with (
        (folder / "roll.csv").open(encoding="utf-8", newline="") as file,
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy("COPY bench_roll FROM STDIN") as copy,
    ):
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            copy.write_row(row)
    return time.perf_counter() - start


def once(what: str, folder: Path, database: str) -> None:
    os.environ["PORTAL_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "privacy_portal.settings"
    import django

    django.setup()
    from django.db import connection

    if what == "ours":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} TEMPLATE portal")
        connection.close()
        connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    taken = ours(folder) if what == "ours" else baseline(folder)
    print(json.dumps({"seconds": taken, "peak": peak_mib()}))


def main() -> None:
    if "--once" in sys.argv:
        at = sys.argv.index("--once")
        once(sys.argv[at + 1], Path(sys.argv[at + 2]), sys.argv[at + 3])
        return
    with scratch() as folder:
        write_csv(folder / "roll.csv", list(next(people(1))), people(ROWS))
        from django.db import connection

        connection.close()
        figures: dict[str, list[dict[str, float]]] = {"ours": [], "baseline": []}
        for run in range(RUNS):
            for what, list_ in figures.items():
                list_.append(in_own_process("--once", what, str(folder), f"run_{run}"))
            print(f"run {run + 1} of {RUNS} done", file=sys.stderr)
    print(f"import of a roll of {ROWS:,} pupils, {RUNS} runs")
    report(
        [each["seconds"] for each in figures["ours"]],
        [each["seconds"] for each in figures["baseline"]],
        [each["peak"] for each in figures["ours"]],
        "the target is a ratio of 5 and 300 MB",
    )


if __name__ == "__main__":
    main()
