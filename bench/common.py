"""Makes a scratch database and invented pupils, and prints a table of medians."""

import csv
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RUNS = 5
SEED = 20261123


@contextmanager
def _gone_at_last(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for _ in range(20):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                folder.mkdir()
                break
            time.sleep(0.5)


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder with a migrated database of its own, and delete both afterwards."""
    # The server, which stops by itself, may still be writing while its files are deleted.
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-", ignore_cleanup_errors=True) as folder,
        _gone_at_last(Path(folder)),
    ):
        os.environ["PORTAL_DATA_DIR"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "privacy_portal.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        try:
            yield Path(folder)
        finally:
            connection.close()


def upns(count: int) -> list[str]:
    """Return so many different valid UPNs."""
    from stdnum.gb.upn import calc_check_digit

    numbers = (
        f"359{4000 + n // 90_000:04d}{10 + n // 1_000 % 90:02d}{n % 1_000:03d}"
        for n in range(count)
    )
    return [calc_check_digit(number) + number for number in numbers]


def people(count: int) -> Iterator[dict[str, str]]:
    """Yield invented pupils aged 13 to 18 on 23 November 2026, always the same ones."""
    rng = random.Random(SEED)
    surnames = ["Barlow", "O'Brien", "Smith-Jones", "Müller", "Khan", "Nguyen", "Kowalska", "Ogden"]
    forenames = ["Ella", "Zoë", "Tunde", "Piotr", "Amelia", "Rhys", "Sofia", "Will"]
    first = date(2008, 1, 1)
    for number in upns(count):
        surname = rng.choice(surnames)
        school = rng.randrange(100)
        address = f"{rng.randrange(1, 300)} Mill Lane, Wigan"
        yield {
            "UPN": number,
            "Surname": surname,
            "Forename": rng.choice(forenames),
            "DOB": (first + timedelta(days=rng.randrange(2_000))).isoformat(),
            "Sex": rng.choice("FM"),
            "School URN": str(990_100 + school),
            "School": f"School {school}",
            "Year group": str(rng.randrange(8, 14)),
            "Address": address,
            "Postcode": "WN1 1AA",
            "Parent name": f"{rng.choice(forenames)} {surname}",
            "Parent address": address,
            "Parent email": "parent@example.org",
        }


def write_csv(path: Path, headings: list[str], rows: Iterator[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings, extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def peak_mib() -> float:
    """Return the largest resident memory of this process so far and of its largest child, in MiB.
    (`ru_maxrss` of a process begins with what its parent had when it started it.)"""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    status = dict(line.split(":", 1) for line in text.splitlines())
    own = int(status["VmHWM"].split()[0])
    return (own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def compare(
    *,
    title: str,
    target: str,
    prepare: Callable[[Path], None],
    ours: Callable[[Path], float],
    baseline: Callable[[Path], float],
    own_database: bool = False,
    note: Callable[[Path], str] | None = None,
) -> None:
    """Run ours and the baseline in turn, each in a process of its own, and print the figures.

    `prepare` fills the scratch database and folder once. Ours and the baseline return
    seconds; with `own_database` each run of ours has a fresh copy of the database. `note` says more
    of what the runs left in the folder.
    """
    if "--once" in sys.argv:
        at = sys.argv.index("--once")
        name, folder, run = sys.argv[at + 1 : at + 4]
        if name == "ours":
            _once(ours, Path(folder), database=f"run_{run}" if own_database else None)
        else:
            _once(baseline, Path(folder))
        return
    with scratch() as place:
        prepare(place)
        from django.db import connection

        connection.close()
        figures: dict[str, list[dict[str, float]]] = {"ours": [], "baseline": []}
        for number in range(RUNS):
            for name, runs in figures.items():
                runs.append(_in_own_process("--once", name, str(place), str(number), *sys.argv[1:]))
            print(f"run {number + 1} of {RUNS} done", file=sys.stderr)
        more = note(place) if note else ""
    print(f"{title}, {RUNS} runs")
    print(f"{'':10}{'median':>10}{'least':>10}{'most':>10}   seconds")
    for name, runs in figures.items():
        seconds = [figure["seconds"] for figure in runs]
        middle = statistics.median(seconds)
        print(f"{name:10}{middle:10.3f}{min(seconds):10.3f}{max(seconds):10.3f}")
    print(f"peak memory of ours: {max(run['peak'] for run in figures['ours']):.0f} MiB; {target}")
    if more:
        print(more)
    medians = [statistics.median(figure["seconds"] for figure in runs) for runs in figures.values()]
    print(f"ratio: {medians[0] / medians[1]:.2f}")


def _once(work: Callable[[Path], float], folder: Path, *, database: str | None = None) -> None:
    """Do the work once and print its figures; in a fresh copy of the database if that is named."""
    os.environ["PORTAL_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "privacy_portal.settings"
    import django

    django.setup()
    from django.db import connection

    if database:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} TEMPLATE portal")
        connection.close()
        connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    print(json.dumps({"seconds": work(folder), "peak": peak_mib()}))


def _in_own_process(*arguments: str) -> dict[str, float]:
    output = subprocess.run(
        [sys.executable, sys.argv[0], *arguments], check=True, capture_output=True, text=True
    ).stdout
    return dict(json.loads(output.splitlines()[-1]))
