"""A 100,000-row extract for Connexions, 5 % opted out: decided, written, logged.

Baseline, in the same run: reading and writing that CSV with `csv`, COPY of 100,000 lines,
100,000 SHA-256 leaves. Each run of either is a process of its own.
"""

import csv
import hashlib
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from common import compare, people, write_csv

ROWS = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else 100_000
HEADINGS = [
    "UPN", "Surname", "Forename", "Date of birth", "Address", "Postcode", "Parent name",
    "Parent address", "Telephone", "Email", "Sex", "Year group", "School", "Attendance %",
    "Predicted grades", "Intended destination", "Notes",
]  # fmt: skip
MORE = {
    "Telephone": "01942 111111",
    "Email": "pupil@example.org",
    "Attendance %": "96.9",
    "Predicted grades": "BBC",
    "Intended destination": "Apprenticeship",
    "Notes": "see file",
}


def prepare(folder: Path, policy: Mapping[str, object] | None = None) -> None:
    """Fill the database, with the example's policy or another, and write the extract."""
    from django.core.management import call_command

    from consent.models import Decision, Pupil, Scheme
    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.accounts.roles import Role

    roll = folder / "roll.csv"
    write_csv(roll, list(next(people(1))), people(ROWS))
    write_csv(
        folder / "extract.csv",
        HEADINGS,
        ({**row, **MORE, "Date of birth": row["DOB"]} for row in people(ROWS)),
    )
    file = Path(__file__).resolve().parent.parent / "example" / "wigan" / "policy.json"
    if policy is not None:
        file = folder / "policy.json"
        file.write_text(json.dumps(policy), encoding="utf-8")
    call_command("policy", "import", str(file), verbosity=0, stdout=sys.stderr)
    call_command("roll", "import", str(roll), stdout=sys.stderr)
    scheme = Scheme.objects.get(code="connexions")
    at = days.now()
    Decision.objects.bulk_create(
        (
            Decision(
                pupil_id=pupil, scheme=scheme, choice="opt-out", by="parent", person_name="A",
                person_key="a", channel="online", received_at=at, recorded_at=at,
                import_key=str(pupil),
            )
            for pupil in Pupil.objects.order_by("id").values_list("id", flat=True)[::20]
        ),
        batch_size=5_000,
    )  # fmt: skip
    User.objects.create_user(
        email="officer@example.org", name="Officer", roles=[Role.OFFICER], password=None
    )


def ours(folder: Path) -> float:
    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from sharing.releases.handing_over import hand_over
    from sharing.releases.request import Request

    user = User.objects.get()
    request = Request(folder / "extract.csv", "extract.csv", "WIG-CNX", "careers-guidance", user)
    start = time.perf_counter()
    done = hand_over(request, clock=days.now)
    taken = time.perf_counter() - start
    rows = done.decision.rows
    assert rows
    assert done.file
    assert (rows.total, rows.reduced) == (ROWS, ROWS // 20), rows
    done.file.unlink()
    return taken


def baseline(folder: Path) -> float:
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_lines")
        cursor.execute("CREATE TABLE bench_lines (LIKE sharing_disclosureline)")
    start = time.perf_counter()
    with (
        (folder / "extract.csv").open(encoding="utf-8", newline="") as source,
        (folder / "copy.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        csv.writer(target).writerows(csv.reader(source))
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy("COPY bench_lines (disclosure_id, row, outcome) FROM STDIN") as copy,
    ):
        copy.write("".join(f"1\t{row}\t0\n" for row in range(ROWS)))
    for row in range(ROWS):
        hashlib.sha256(b"\x00%d 0123456789abcdef0123456789abcdef 0 0 -" % row).digest()
    return time.perf_counter() - start


if __name__ == "__main__":
    compare(
        title=f"release of {ROWS:,} rows",
        target="the target is a ratio of 2, and 350 MB for a million rows",
        prepare=prepare,
        ours=ours,
        baseline=baseline,
    )
