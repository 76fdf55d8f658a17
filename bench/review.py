"""Lists that officers review, at two sizes of the log: each page with 10,000 lines in 100 disclosures
stored, and with 10,000,000 in 100,000, in the same run and process.

Pages are made by Django's test client, as an officer who is signed in; sizes take turns. A page shows
at most 4 rows, so that both sizes show as many and finding them weighs most. The ratio of a page is that
of its medians of processor time, of the portal and of the process of the database that serves it, which
means the same on a machine with other work (Linux only). `bench/filling.py` says what is stored.

    --lines N      how many lines the large database holds (10,000,000)
    --runs N       how often each page is made at each size (15)
"""

import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from common import ROOT, people, scratch, write_csv
from filling import LINES_EACH, store


def number(option: str, usual: int) -> int:
    return int(sys.argv[sys.argv.index(option) + 1]) if option in sys.argv else usual


SMALL, LARGE = "portal", "large"
LINES = {SMALL: 10_000, LARGE: number("--lines", 10_000_000)}
RUNS = number("--runs", 15)
PUPILS = 20_000
ROWS = 4
TARGET, MOST_QUERIES = 1.3, 10
# Who is signed in, the council's name at the foot, and the entry of a look at a pupil: not the list's own.
OF_EVERY_PAGE = re.compile(
    "SAVEPOINT|BEGIN|COMMIT|log_head|log_entry|FROM .(django_session|accounts_user|notices_controller).",
)
LIST = "/staff/disclosures/"


@dataclass(frozen=True, slots=True)
class Facts:
    """What addresses name: two pupils, one of whom stands in at most 10,000 disclosures and one in
    five, an officer, a day since when the smaller log has as many entries as a page shows, one since when it has
    as many of each school, and the newest log entry and one half way."""

    often: str
    seldom: str
    officer: int
    day: str
    early_day: str
    newest: int
    middle: int


# What each page is called, and where it is; whoever adds a list adds a line.
PAGES: dict[str, Callable[[Facts], str]] = {
    "start page": lambda facts: "/staff/",
    "disclosures": lambda facts: LIST,
    "disclosures, in the middle": lambda facts: f"{LIST}?after=[{facts.middle}]",
    "disclosures, last page": lambda facts: f"{LIST}?before=",
    "of an organisation": lambda facts: f"{LIST}?recipient=fft",
    "of an agreement": lambda facts: f"{LIST}?agreement=WIG-FFT",
    "for a purpose": lambda facts: f"{LIST}?purpose=performance-analysis",
    "from a day": lambda facts: f"{LIST}?first_0={facts.day}",
    "shared from a day": lambda facts: f"{LIST}?dates=shared&first_0={facts.day}",
    "of a school": lambda facts: f"{LIST}?school=990107",
    "of an officer": lambda facts: f"{LIST}?officer={facts.officer}",
    "refused": lambda facts: f"{LIST}?outcome=refused",
    "not sent": lambda facts: f"{LIST}?outcome=undone",
    "not allowed": lambda facts: f"{LIST}?outcome=out-of-line",
    "not signed off": lambda facts: f"{LIST}?signed_off=no",
    "to sign off by oneself": lambda facts: f"{LIST}?signed_off=mine",
    "signed off": lambda facts: f"{LIST}?signed_off=yes",
    "in the sample": lambda facts: f"{LIST}?sample=any",
    "with open questions": lambda facts: f"{LIST}?questions=open",
    "by a word of the reference": lambda facts: f"{LIST}?words=fft",
    "by a number": lambda facts: f"{LIST}?words={facts.middle}",
    "of a school, from a day": lambda facts: f"{LIST}?school=990107&first_0={facts.early_day}",
    "sorted by organisation": lambda facts: f"{LIST}?sort=organisation",
    "the same, last page": lambda facts: f"{LIST}?sort=organisation&before=",
    "sorted by rows": lambda facts: f"{LIST}?sort=rows",
    "sorted by rows, last page": lambda facts: f"{LIST}?sort=rows&before=",
    "sorted by result": lambda facts: f"{LIST}?sort=result",
    "one disclosure": lambda facts: f"{LIST}{facts.newest}/",
    "recalls": lambda facts: f"{LIST}recalls/",
    "incidents": lambda facts: "/staff/incidents/",
    "data to delete": lambda facts: f"{LIST}keeping/",
    "data to delete, last page": lambda facts: f"{LIST}keeping/?page=1000000",
    "warnings": lambda facts: "/staff/agreements/warnings/",
    "agreements": lambda facts: "/staff/agreements/",
    "pupil, up to 10,000 lines": lambda facts: f"/staff/pupils/{facts.often}/disclosures/",
    "pupil, last page": lambda facts: f"/staff/pupils/{facts.often}/disclosures/?before=",
    "with one organisation": lambda facts: (
        f"/staff/pupils/{facts.often}/disclosures/?organisation=fft"
    ),
    "pupil, 5 lines": lambda facts: f"/staff/pupils/{facts.seldom}/disclosures/",
    "pupil, 5 lines, CSV": lambda facts: f"/staff/pupils/{facts.seldom}/disclosures.csv",
    "pupil, 5 lines, PDF": lambda facts: f"/staff/pupils/{facts.seldom}/disclosures.pdf",
    "figures of the log": lambda facts: "/staff/figures/",
    "figures of deletion": lambda facts: "/staff/figures/deletion/",
    "log of everything": lambda facts: "/staff/log/",
    "public register": lambda facts: "/sharing/",
    "public register, how often": lambda facts: "/sharing/disclosures/",
    "public register, CSV": lambda facts: "/sharing/disclosures.csv",
}


@dataclass(slots=True)
class Figures:
    """The seconds of processor time, and by the clock, that a page took at each size, and its queries."""

    worked: dict[str, list[float]] = field(default_factory=lambda: {SMALL: [], LARGE: []})
    waited: dict[str, list[float]] = field(default_factory=lambda: {SMALL: [], LARGE: []})
    queries: int = 0

    @property
    def ratio(self) -> float:
        return statistics.median(self.worked[LARGE]) / statistics.median(self.worked[SMALL])


def main() -> None:
    with scratch() as folder:
        prepare(folder)
        show(measure())


def measure() -> dict[str, Figures]:
    """Make every page at both sizes in turn."""
    show_few_rows()
    facts = {size: facts_of(size) for size in LINES}
    figures = {name: Figures() for name in PAGES}
    with clients() as get:
        for run in range(RUNS + 1):  # the first fills caches and counts queries
            for name, address in PAGES.items():
                for size in LINES:
                    worked, waited, queries = get(size, address(facts[size]), counted=not run)
                    figures[name].queries = max(figures[name].queries, queries)
                    if run:
                        figures[name].worked[size].append(worked)
                        figures[name].waited[size].append(waited)
            print(f"run {run} of {RUNS} done", file=sys.stderr)
    return figures


def show_few_rows() -> None:
    from privacy_portal.ground.ui import keyset, pages
    from sharing.pupils import lists

    pages.PER_PAGE = ROWS
    setattr(lists, "PER_PAGE", ROWS)  # noqa: B010
    keyset.keyset_page.__defaults__ = (ROWS,)


def prepare(folder: Path) -> None:
    """Fill both databases: the same policy and pupils, other numbers of lines."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.core.management import call_command
    from django.db import connection

    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.accounts.roles import Role

    call_command(
        "policy", "import", str(ROOT / "example" / "wigan" / "policy.json"), stdout=sys.stderr
    )
    write_csv(folder / "roll.csv", list(next(people(1))), people(PUPILS))
    call_command("roll", "import", str(folder / "roll.csv"), stdout=sys.stderr)
    for name in ("officer", "second"):
        user = User.objects.create_user(
            email=f"{name}@example.org", name=name.title(), roles=[Role.OFFICER], password=None
        )
        TOTP.activate(user, generate_totp_secret())
    # The numbers of entries are those of disclosures, so what was logged so far goes.
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE log_entry DISABLE TRIGGER USER; DELETE FROM log_entry;"
            "ALTER TABLE log_entry ENABLE ALWAYS TRIGGER append_only_rows;"
            "ALTER TABLE log_entry ENABLE ALWAYS TRIGGER append_only_table;"
            "UPDATE log_head SET size = 0, frontier = ''"
        )
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {LARGE} TEMPLATE {SMALL}")
    for size, lines in LINES.items():
        fill(size, lines)
    free = shutil.disk_usage(folder).free
    print(f"{free / 2**30:.0f} GiB of the disk are free", file=sys.stderr)


def fill(size: str, lines: int) -> None:
    """Store so many lines in one of the databases, and say how long it took and how large it is."""
    from django.db import connection

    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User

    use(size)
    start = time.perf_counter()
    now = days.now()
    officers = list(User.objects.order_by("pk").values_list("pk", flat=True))
    store(lines // LINES_EACH, now=now, officers=officers)
    stored = time.perf_counter()
    settle(now)
    settled = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (octets,) = cursor.fetchone()
    print(
        f"{lines:,} lines stored in {stored - start:.0f} seconds, {settled - stored:.0f} seconds of "
        f"jobs, {octets / 2**20:,.0f} MiB"
    )


def settle(now: object) -> None:
    """Do what jobs would have done by now."""
    from django.db import connection

    from sharing.disclosures.person_lines import index_lines
    from sharing.figures import counting
    from sharing.register import publishing
    from sharing.review import destruction
    from sharing.review.desk import stretches

    index_lines(at=now)  # type: ignore[arg-type]
    stretches.count_due(at=now)  # type: ignore[arg-type]
    stretches.count_signed()
    destruction.sum_up_counts()
    counting.count_due(at=now)  # type: ignore[arg-type]
    publishing.publish_due(at=now)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def use(size: str) -> None:
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = size
    connection.ensure_connection()


def facts_of(size: str) -> Facts:
    from consent.models import Pupil
    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from sharing.models import Disclosure

    use(size)
    often, seldom = Pupil.objects.order_by("pk").values_list("reference", flat=True)[:2]

    def since(number: int) -> str:
        day = days.today() - timedelta(days=number)
        return f"{day.day}&first_1={day.month}&first_2={day.year}"

    newest = Disclosure.objects.exclude(outcome="refused").latest("entry")
    return Facts(
        str(often),
        str(seldom),
        User.objects.latest("pk").pk,
        since(200),
        since(1050),
        newest.entry,
        newest.entry // 2,
    )


@contextmanager
def clients() -> Iterator[Callable[..., tuple[float, float, int]]]:
    """Let pages be made at either size, each over a connection that stays open."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from privacy_portal.ground.accounts.models import User

    signed_in, opened = {}, {}
    for size in LINES:
        use(size)
        signed_in[size] = Client(headers={"host": "localhost"})
        signed_in[size].force_login(User.objects.order_by("pk")[0])
        opened[size], connection.connection = connection.connection, None

    def get(size: str, address: str, *, counted: bool) -> tuple[float, float, int]:
        connection.connection = opened[size]
        client, queries = signed_in[size], 0
        if counted:
            read(client, address)  # what a process keeps of the policy is read once
            with CaptureQueriesContext(connection) as captured:
                read(client, address)
            queries = sum(not OF_EVERY_PAGE.search(query["sql"]) for query in captured)
        server = opened[size].info.backend_pid
        start, worked = time.perf_counter(), time.process_time() + processor_time(server)
        read(client, address)
        waited = time.perf_counter() - start
        return time.process_time() + processor_time(server) - worked, waited, queries

    yield get
    for each in opened.values():
        each.close()
    connection.connection = None


def processor_time(process: int) -> float:
    """Return the seconds of processor time of the process of the database that serves a connection."""
    schedule = Path(f"/proc/{process}/schedstat").read_text(encoding="ascii")
    return int(schedule.split()[0]) / 1e9


def read(client: object, address: str) -> None:
    response = client.get(address, secure=True)  # type: ignore[attr-defined]
    if response.streaming:
        response.getvalue()
    assert response.status_code == 200, (address, response.status_code, dict(response.headers))


def show(figures: dict[str, Figures]) -> None:
    print(
        f"pages with {LINES[SMALL]:,} and {LINES[LARGE]:,} lines, {RUNS} runs, milliseconds, medians"
    )
    print(f"{'':28}{'processors':^28}{'by the clock':^20}")
    print(f"{'':28}{'small':>10}{'large':>10}{'ratio':>8}{'small':>10}{'large':>10}{'queries':>9}")
    for name, figure in figures.items():
        small, large, *waited = (
            1000 * statistics.median(seconds[size])
            for seconds in (figure.worked, figure.waited)
            for size in LINES
        )
        print(
            f"{name:28}{small:10.1f}{large:10.1f}{figure.ratio:8.2f}"
            f"{waited[0]:10.1f}{waited[1]:10.1f}{figure.queries:9}"
        )
    print(f"the target is a ratio of {TARGET} and {MOST_QUERIES} queries for each page")
    print(f"most queries: {max(figure.queries for figure in figures.values())}")
    print(f"ratio: {max(figure.ratio for figure in figures.values()):.2f}")


if __name__ == "__main__":
    main()
