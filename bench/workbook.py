"""A workbook of 50,000 rows checked at the desk: read, decided, its rows kept.

Baseline, in the same run: `python-calamine` alone reading the same workbook's rows.
"""

import sys
import time
from pathlib import Path

from common import compare, people
from release import HEADINGS, MORE

ROWS = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else 50_000


def prepare(folder: Path) -> None:
    """Fill the database and write the workbook."""
    import release
    import xlsxwriter

    release.ROWS = ROWS
    release.prepare(folder)
    book = xlsxwriter.Workbook(str(folder / "extract.xlsx"), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    for number, person in enumerate(people(ROWS), 1):
        row = {**person, **MORE, "Date of birth": person["DOB"]}
        sheet.write_row(number, 0, [row[heading] for heading in HEADINGS])
    book.close()


def ours(folder: Path) -> float:
    from django.db import transaction

    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from sharing.models import Release
    from sharing.releases import checking, desk, headings
    from sharing.releases.request import Request

    user = User.objects.get()
    start = time.perf_counter()
    path = folder / "extract.xlsx"
    request = Request(path, path.name, "WIG-CNX", "careers-guidance", user)
    uploaded = desk.upload(request, at=days.now())
    if uploaded.state == Release.State.MATCHING:
        headings.assign(uploaded.pk, {}, by=user, at=days.now())
    checking.check(uploaded.pk, at=days.now())
    taken = time.perf_counter() - start
    uploaded.refresh_from_db()
    assert uploaded.decision["rows"]["total"] == ROWS, uploaded.faults
    with transaction.atomic():
        desk.expire_due(at=uploaded.expires_at)
    return taken


def baseline(folder: Path) -> float:
    from python_calamine import load_workbook

    start = time.perf_counter()
    sheet = load_workbook(str(folder / "extract.xlsx")).get_sheet_by_index(0)
    rows = sum(1 for _ in sheet.iter_rows())
    assert rows == ROWS + 1
    return time.perf_counter() - start


if __name__ == "__main__":
    compare(
        title=f"check of a workbook of {ROWS:,} rows",
        target="the target is a ratio of 3",
        prepare=prepare,
        ours=ours,
        baseline=baseline,
    )
