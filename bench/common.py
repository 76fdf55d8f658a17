"""What the benchmarks share: a scratch database, invented pupils, a table of medians."""

import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RUNS = 5
SEED = 20261123


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder with a migrated database of its own; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
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
    """That many different valid UPNs."""
    from stdnum.gb.upn import calc_check_digit

    numbers = (
        f"359{4000 + n // 90_000:04d}{10 + n // 1_000 % 90:02d}{n % 1_000:03d}"
        for n in range(count)
    )
    return [calc_check_digit(number) + number for number in numbers]


def people(count: int) -> Iterator[dict[str, str]]:
    """Invented pupils aged 13 to 18 on 23 November 2026, the same each time."""
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
    """The largest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def in_own_process(*arguments: str) -> dict[str, float]:
    """Runs this benchmark again with `arguments`; it prints one JSON object of figures."""
    done = subprocess.run(
        [sys.executable, sys.argv[0], *arguments], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(ours: list[float], baseline: list[float], peaks: list[float], limits: str) -> None:
    """Prints the table of figures and, as last line, the ratio of the medians."""
    print(f"{'':10}{'median':>10}{'least':>10}{'most':>10}   seconds")
    for name, figures in (("ours", ours), ("baseline", baseline)):
        middle = statistics.median(figures)
        print(f"{name:10}{middle:10.3f}{min(figures):10.3f}{max(figures):10.3f}")
    print(f"peak memory of ours: {max(peaks):.0f} MiB; {limits}")
    print(f"ratio: {statistics.median(ours) / statistics.median(baseline):.2f}")
