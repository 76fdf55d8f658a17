"""Stores an invented past: disclosures, their lines, log entries, and what became of them, by COPY.

What it stores keeps every constraint and trigger of the database, but the roots over lines are of
nothing. The spread: each disclosure about 100 pupils, evenly over three years; of 100, 80 in full, 16
in part, 4 refused. All that is older than 14 days is signed off but for 1 in 40; all whose day is over
is deleted but for 1 in 50. Of 1,000 (but at least some five in all) one did not leave and one broke
the rules; of 5,000, one is withheld from families. One in ten is in the sample.
The newest five incidents are open.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from common import SEED

LINES_EACH = 100
YEARS = 3
SIGNED_OFF_AFTER = 14
# Under which agreement of the example, how often, and for how many months it is kept.
AGREEMENTS = (("WIG-CNX", 5, 12), ("WIG-FFT", 3, 24), ("WIG-LCC", 2, None), ("WIG-ALK", 1, 12))
OUTCOMES = ("released",) * 80 + ("reduced",) * 16 + ("refused",) * 4
# Places of outcomes and reasons as lines store them: in full, basic details only, withheld.
WHOLE, CUT, WITHHELD = "0\t0\t\\N", "1\t1\t7", "\\N\t2\t3"


@dataclass(frozen=True, slots=True)
class Party:
    """An agreement that disclosures are under."""

    reference: str
    version: int
    recipient: int
    purpose: int
    items: Sequence[str]
    months: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """A disclosure as it is stored: `at` is when it left, `destroy_by` the day of its deletion."""

    number: int
    at: datetime
    party: Party
    outcome: str
    by: int
    destroy_by: date | None
    undone: bool
    not_allowed: bool


def parties() -> tuple[list[Party], list[int]]:
    """Return the agreements of the example, and how often each is used."""
    from sharing.models import AgreementVersion

    chosen = []
    for reference, _, months in AGREEMENTS:
        version = AgreementVersion.objects.filter(
            agreement__reference=reference, starts__lte=date(2026, 11, 1)
        ).latest("number")
        chosen.append(
            Party(
                reference,
                version.pk,
                version.recipient_id,
                version.purposes.all()[0].purpose_id,
                sorted(agreed.item.code for agreed in version.items.select_related("item")),
                months,
            )
        )
    return chosen, [often for _, often, _ in AGREEMENTS]


def pasts(count: int, now: datetime, officers: Sequence[int]) -> list[Past]:
    """Make so many disclosures up, oldest first; always the same ones."""
    rng = random.Random(SEED)
    # A few of each rare kind, however few there are.
    rare = max(0.001, 6 / count)
    chosen, often = parties()
    step = timedelta(days=365 * YEARS) / count
    made = []
    for number in range(count):
        at = now - step * (count - number)
        party = rng.choices(chosen, often)[0]
        outcome = rng.choice(OUTCOMES)
        kept = outcome != "refused" and party.months is not None
        made.append(
            Past(
                number + 1,
                at,
                party,
                outcome,
                rng.choice(officers),
                at.date() + timedelta(days=30 * (party.months or 0)) if kept else None,
                outcome == "released" and rng.random() < rare,
                outcome == "reduced" and rng.random() < 6 * rare,
            )
        )
    return made


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Store rows with COPY."""
    from django.db import connection

    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(map(quoted, columns))}) FROM STDIN") as stored,
    ):
        for row in rows:
            stored.write_row(row)


def quoted(name: str) -> str:
    return f'"{name}"'


def store(count: int, *, now: datetime, officers: Sequence[int]) -> None:
    """Store so many disclosures with their lines, entries and what became of them."""
    from django.db import connection, transaction

    made = pasts(count, now, officers)
    with transaction.atomic():
        store_disclosures(made)
        store_lines(made)
        store_log(made)
        store_steps(made, now, officers)
        for table in ("sharing_disclosure", "sharing_incident"):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def store_disclosures(made: Iterable[Past]) -> None:
    from psycopg.types.json import Jsonb

    columns = (
        "id", "entry", "agreement_reference", "agreement_version_id", "recipient_id", "purpose_id",
        "on", "at", "by_id", "notice", "outcome", "reasons", "columns", "item_sets",
        "request_reference", "rows_total", "rows_released", "rows_reduced", "rows_withheld",
        "lines_root", "destroy_by", "schools", "origin", "out_of_line",
    )  # fmt: skip
    copy(
        "sharing_disclosure",
        columns,
        (
            (
                past.number, past.number - 1, past.party.reference, past.party.version,
                past.party.recipient, past.party.purpose, past.at.date(), past.at, past.by,
                "pupils/3", past.outcome, Jsonb(["nothing-permitted"] * (past.outcome == "refused")),
                Jsonb([]), Jsonb([past.party.items, past.party.items[:3]]), "", LINES_EACH,
                *rows_of(past), bytes(32), past.destroy_by, schools_of(past),
                "after-the-fact" if past.not_allowed else "release", past.not_allowed,
            )
            for past in made
        ),
    )  # fmt: skip


def schools_of(past: Past) -> list[str]:
    """Return the schools that its pupils are at: 4 of 100."""
    return sorted(f"9901{(past.number + 25 * place) % 100:02d}" for place in range(4))


def rows_of(past: Past) -> tuple[int, int, int]:
    """Return how many rows of it are in full, with basic details only, and withheld."""
    if past.outcome == "refused":
        return 0, 0, LINES_EACH
    if past.outcome == "reduced":
        return LINES_EACH - 10, 5, 5
    return LINES_EACH, 0, 0


def store_lines(made: Sequence[Past]) -> None:
    """Store the lines: of pupils one after the other, so that all stand in as many disclosures, but for
    the first two. The first stands in at most 10,000 disclosures, the second in five."""
    from django.db import connection

    from consent.models import Pupil

    people = [str(one) for one in Pupil.objects.order_by("pk").values_list("reference", flat=True)]
    often, seldom, others = people[0], people[1], people[2:]
    every = max(1, len(made) // 10_000)
    five = {len(made) * part // 5 for part in range(5)}
    released, reduced, refused = places(100, 0, 0), places(90, 5, 5), places(0, 0, 100)
    by_outcome = {"released": released, "reduced": reduced, "refused": refused}
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY sharing_disclosureline (disclosure_id, row, person, item_set, outcome, reason) "
            "FROM STDIN"
        ) as stored,
    ):
        for at, past in enumerate(made):
            start = at * 97 % (len(others) - LINES_EACH)
            chosen = others[start : start + LINES_EACH]
            if at % every == 0:
                chosen[0] = often
            if at in five:
                chosen[1] = seldom
            rows = zip(chosen, by_outcome[past.outcome], strict=True)
            prefix = f"{past.number}\t"
            stored.write(
                "".join(
                    f"{prefix}{row}\t{person}\t{place}\n"
                    for row, (person, place) in enumerate(rows, 1)
                )
            )


def places(whole: int, cut: int, withheld: int) -> list[str]:
    return [WHOLE] * whole + [CUT] * cut + [WITHHELD] * withheld


def store_log(made: Sequence[Past]) -> None:
    """Store one entry for each disclosure, with the head that belongs to them."""
    from privacy_portal.ground.log.appending import body
    from privacy_portal.ground.log.canonical import canonical
    from privacy_portal.ground.log.merkle import Frontier, leaf_hash
    from privacy_portal.ground.log.models import Entry, Head

    size = Head.objects.get().size
    assert not size, "the log must be empty: its numbers are those of the disclosures"
    tree = Frontier()

    def entries() -> Iterator[tuple[int, bytes, bytes]]:
        for past in made:
            refused = past.outcome == "refused"
            data = canonical(
                body(
                    "refusal" if refused else "disclosure",
                    at=past.at,
                    by=None,
                    disclosure=past.number,
                    agreement=past.party.reference,
                    outcome=past.outcome,
                    lines=LINES_EACH,
                )
            )
            leaf = leaf_hash(data)
            tree.add(leaf)
            yield past.number - 1, data, leaf

    copy(Entry._meta.db_table, ("seq", "body", "leaf"), entries())
    Head.objects.update(size=tree.size, frontier=tree.as_bytes())


def store_steps(made: Sequence[Past], now: datetime, officers: Sequence[int]) -> None:
    """Store sign-offs, deletions, what did not leave, incidents and restrictions."""
    rng = random.Random(SEED + 1)
    today = now.date()

    def other(past: Past) -> int:
        return next(officer for officer in officers if officer != past.by)

    old = [past for past in made if past.at < now - timedelta(days=SIGNED_OFF_AFTER)]
    copy(
        "sharing_signoff",
        ("disclosure_id", "at", "by_id", "note"),
        (
            (past.number, past.at + timedelta(days=3), other(past), "")
            for past in old
            if rng.random() >= max(1 / 40, 6 / len(made))
        ),
    )
    copy(
        "sharing_sampleddisclosure",
        ("disclosure_id", "reasons"),
        (
            (past.number, ["not-allowed"] if past.not_allowed else ["drawn"])
            for past in made
            if past.not_allowed or rng.random() < 1 / 10
        ),
    )
    copy(
        "sharing_keepingstep",
        ("disclosure_id", "kind", "on", "at", "by_id", "note", "sha256"),
        (
            (past.number, "destroyed", past.destroy_by, now, past.by, "Certificate", "")
            for past in made
            if past.destroy_by and past.destroy_by < today and rng.random() >= 1 / 50
        ),
    )
    copy(
        "sharing_undone",
        ("disclosure_id", "at", "why"),
        ((past.number, past.at, "The connection was lost.") for past in made if past.undone),
    )
    not_allowed = [past for past in made if past.not_allowed]
    copy(
        "sharing_incident",
        ("id", "disclosure_id", "opened_at", "by_id"),
        ((number, past.number, past.at, past.by) for number, past in enumerate(not_allowed, 1)),
    )
    copy(
        "sharing_incidentstep",
        ("incident_id", "kind", "on", "at", "by_id", "note"),
        (
            (number, kind, past.at.date(), past.at, past.by, "Done")
            for number, past in enumerate(not_allowed, 1)
            for kind in ("assessed", "closed")
            if kind == "assessed" or number <= len(not_allowed) - 5
        ),
    )
    copy(
        "sharing_restriction",
        ("disclosure_id", "until", "ground", "at", "by_id"),
        (
            (past.number, past.at.date() + timedelta(days=90), "Court order", past.at, past.by)
            for past in made
            if past.outcome != "refused" and rng.random() < 1 / 5_000
        ),
    )
