"""What two files together say: the hand-over of bench/release.py with 10,000,000 lines stored.

The recipient got files of all pupils for another purpose within the term. Half of them are about
everybody, which is found at their first lines; of the other half nobody opted out, so that all of
their lines are read. Baseline, in the same run: the same file with an empty log.

    --lines N      how many lines are stored (10,000,000)
    --earlier N    how many files the recipient got within the term (6)
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import release
from common import compare

FILLED = "portal"
EMPTY = "empty_log"
EXAMPLE = Path(__file__).resolve().parent.parent / "example" / "wigan" / "policy.json"
REFERENCE, PURPOSE, OTHER = "WIG-CNX", "careers-guidance", "performance-analysis"


def number(option: str, usual: int) -> int:
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else usual


LINES, EARLIER = number("--lines", 10_000_000), number("--earlier", 6)


def policy() -> dict[str, object]:
    """Return the example's policy with a second purpose of Connexions, to which its scheme does not
    apply."""
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    for scheme in document["schemes"]:
        if scheme["recipient"] == "connexions":
            scheme["purposes"] = [PURPOSE]
    for notice in document["notices"]:
        for version in notice["versions"]:
            for line in version["recipients"]:
                if line["recipient"] == "connexions":
                    line["purposes"].append(OTHER)
    return dict(document)


def prepare(folder: Path) -> None:
    """Fill the database as for a release, copy it, and store the lines."""
    from django.core.management import call_command
    from django.db import connection

    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.accounts.roles import Role

    release.prepare(folder, policy=policy())
    User.objects.create_user(
        email="second@example.org", name="Second", roles=[Role.OFFICER], password=None
    )
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {EMPTY}")
        cursor.execute(f"CREATE DATABASE {EMPTY} TEMPLATE {FILLED}")
    store_disclosures()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE sharing_disclosureline")
    call_command("check", verbosity=0)


def store_disclosures() -> None:
    """Store disclosures of all pupils until there are so many lines: `EARLIER` within the term."""
    from django.db import connection

    from consent.models import Decision
    from notices.models import Purpose
    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from sharing.models import AgreementVersion, Disclosure

    version = AgreementVersion.objects.filter(agreement__reference=REFERENCE).latest("number")
    items = sorted(agreed.item.code for agreed in version.items.select_related("item"))
    now, user = days.now(), User.objects.order_by("pk")[0]
    purpose = Purpose.objects.get(code=OTHER)
    opted_out = list(Decision.objects.values_list("pupil_id", flat=True))
    for place in range(LINES // release.ROWS):
        at = now - timedelta(days=2 + place if place < EARLIER else 200 + place)
        disclosure = Disclosure.objects.create(
            entry=10**9 + place, agreement_reference=REFERENCE, agreement_version=version,
            recipient=version.recipient, purpose=purpose, on=at.date(), at=at, by=user,
            outcome="released", item_sets=[items, items], rows_total=release.ROWS,
            rows_released=release.ROWS, rows_reduced=0, rows_withheld=0, lines_root=bytes(32),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sharing_disclosureline "
                "(disclosure_id, row, person, item_set, outcome, reason) "
                "SELECT %s, row_number() OVER (ORDER BY id), CASE WHEN %s AND id = ANY (%s) "
                "THEN gen_random_uuid() ELSE reference END, 0, 0, NULL FROM consent_pupil",
                [disclosure.pk, place % 2 == 1, opted_out],
            )
        print(f"{(place + 1) * release.ROWS:,} lines stored", file=sys.stderr)


def hand_over(folder: Path, *, together: bool) -> float:
    from django.db import connection

    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from sharing.models import Disclosure
    from sharing.releases import handing_over
    from sharing.releases.request import Request

    user, second = User.objects.order_by("pk")
    request = Request(folder / "extract.csv", "extract.csv", REFERENCE, PURPOSE, user)
    earlier = set(Disclosure.objects.filter(purpose__code=OTHER).values_list("entry", flat=True))
    connection.force_debug_cursor = True
    measured = Measured()
    for name in ("hold_recipient", "earlier_files", "revealing"):
        setattr(handing_over, name, measured.part(getattr(handing_over, name)))
    start = time.perf_counter()
    done = handing_over.hand_over(
        request, clock=days.now, approved_by=second, together_with=earlier
    )
    taken = time.perf_counter() - start
    assert len(done.decision.reveals) == (EARLIER + 1) // 2 * together, done.decision.reveals
    assert done.file
    done.file.unlink()
    if together:
        with (folder / "comparing.csv").open("a", encoding="utf-8") as file:
            file.write(f"{measured.queries},{measured.seconds}\n")
    return taken


class Measured:
    """How long the parts of the comparison take, and how many queries."""

    def __init__(self) -> None:
        self.queries, self.seconds = 0, 0.0

    def part(self, work: Callable[..., Any]) -> Callable[..., Any]:
        from django.db import connection

        def measured(*arguments: Any, **named: Any) -> Any:
            before, start = len(connection.queries_log), time.perf_counter()
            try:
                return work(*arguments, **named)
            finally:
                self.seconds += time.perf_counter() - start
                self.queries += len(connection.queries_log) - before

        return measured


def comparing(folder: Path) -> str:
    lines = (folder / "comparing.csv").read_text(encoding="utf-8").split()
    queries, seconds = zip(*(line.split(",") for line in lines), strict=True)
    middle = statistics.median(map(float, seconds))
    return f"the comparison alone: at most {max(map(int, queries))} queries, {middle:.3f} seconds"


def ours(folder: Path) -> float:
    return hand_over(folder, together=True)


def baseline(folder: Path) -> float:
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = EMPTY
    return hand_over(folder, together=False)


if __name__ == "__main__":
    compare(
        title=f"a release of {release.ROWS:,} rows with {LINES:,} lines stored",
        target="the two-files check takes at most 10 queries",
        prepare=prepare,
        ours=ours,
        baseline=baseline,
        note=comparing,
    )
