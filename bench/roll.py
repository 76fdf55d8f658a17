"""A roll of 100,000 pupils imported into an empty database.

Baseline, in the same run: reading that CSV and a COPY of its rows. Each run of either is
a process of its own, with a database of its own for ours.
"""

import csv
import time
from pathlib import Path

from common import compare, people, write_csv

ROWS = 100_000


def ours(folder: Path) -> float:
    from consent.roll.importing import import_roll
    from privacy_portal.ground import days

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


def prepare(folder: Path) -> None:
    write_csv(folder / "roll.csv", list(next(people(1))), people(ROWS))


if __name__ == "__main__":
    compare(
        title=f"import of a roll of {ROWS:,} pupils",
        target="the target is a ratio of 5 and 300 MB",
        prepare=prepare,
        ours=ours,
        baseline=baseline,
        own_database=True,
    )
