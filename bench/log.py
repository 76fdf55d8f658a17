"""A log of a million entries verified: each entry hashed and compared with its row, and each row with its entry.

Baseline, in the same run: the entries read once and hashed into the root. In a hundred entries are one
disclosure (with ten lines), ten decisions of people, and 89 of kinds that vouch for no row, such as looks.
"""

import random
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from common import compare

ENTRIES = int(sys.argv[sys.argv.index("--entries") + 1]) if "--entries" in sys.argv else 1_000_000
LINES = 10
WITHOUT_ROWS = ("pupil-opened", "pupils-listed", "signed-in", "file-downloaded", "sign-in-failed")


def prepare(folder: Path) -> None:
    """Fill the database: policy and pupils as for a release, then rows and their entries by COPY."""
    import release
    from django.db import connection, transaction

    from privacy_portal.ground.log.canonical import canonical
    from privacy_portal.ground.log.merkle import Frontier, leaf_hash
    from privacy_portal.ground.log.models import Head

    release.ROWS = 2_000
    release.prepare(folder)
    head = Head.objects.get()
    frontier = Frontier.from_bytes(head.size, bytes(head.frontier))
    with transaction.atomic():
        salts: list[tuple[int, bytes]] = []
        bodies = _bodies(head.size, salts)
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY log_entry (seq, body, leaf) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(["int8", "bytea", "bytea"])
            for seq, body in enumerate(bodies, head.size):
                if (row := body.pop("row", None)) is not None:
                    body["texts"] = _salted(row, seq, salts)
                data = canonical(body)
                leaf = leaf_hash(data)
                frontier.add(leaf)
                copy.write_row((seq, data, leaf))
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY log_salt (entry, salt) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(["int8", "bytea"])
            for salt in salts:
                copy.write_row(salt)
        Head.objects.update(size=frontier.size, frontier=frontier.as_bytes())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _salted(row, seq: int, salts: list[tuple[int, bytes]]) -> str:  # type: ignore[no-untyped-def]
    """Return the hash that the entry with this number has of the texts of its row, and add its salt."""
    from privacy_portal.ground.log.texts import new_salt, texts_of

    salts.append((seq, new_salt()))
    return texts_of(row).digest(salts[-1][1])


def _bodies(first: int, salts: list[tuple[int, bytes]]) -> Iterator[dict[str, object]]:
    """Store the rows of the entries from number `first` on, and return the bodies of the entries; those whose
    texts are not hashed yet have their row."""
    from privacy_portal.ground import days
    from privacy_portal.ground.log.appending import body

    at = days.now()
    # All rows are stored before the COPY of the entries begins on the same connection.
    decisions = iter(list(_decisions(ENTRIES // 10, at)))
    disclosures = iter(list(_disclosures(first, ENTRIES // 100, at, salts)))
    rng = random.Random(1)

    def bodies() -> Iterator[dict[str, object]]:
        for number in range(ENTRIES):
            place = number % 100
            if place == 0:
                yield next(disclosures)
            elif place <= 10:
                yield next(decisions)
            else:
                person = str(uuid.UUID(int=rng.getrandbits(128)))
                moment = at + timedelta(microseconds=number)
                event = WITHOUT_ROWS[number % len(WITHOUT_ROWS)]
                yield dict(body(event, at=moment, by=None, person=person))

    return bodies()


def _decisions(number: int, at) -> Iterator[dict[str, object]]:  # type: ignore[no-untyped-def]
    from consent.decisions.recording import decision_facts
    from consent.models import Decision, Pupil, Scheme
    from privacy_portal.ground import days
    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.log.appending import body

    pupils, scheme, user = list(Pupil.objects.all()), Scheme.objects.first(), User.objects.first()
    # Those of the release, which has them without entries.
    imported = list(Decision.objects.select_related("pupil", "scheme").order_by("pk"))
    recorded = Decision.objects.bulk_create(
        [
            Decision(
                pupil=pupils[place % len(pupils)], scheme=scheme, choice="opt-out", by="parent",
                person_name=f"Parent {place}", person_key=f"parent {place}", channel="paper",
                signed_on=days.day_of(at), received_at=at, recorded_at=at, recorded_by=user,
            )
            for place in range(number - len(imported))
        ],
        batch_size=5_000,
    )  # fmt: skip
    for row in [*imported, *recorded]:
        facts = {**decision_facts(row), "received": row.received_at.isoformat()}
        entry = body("decision-recorded", at=row.recorded_at, by=row.recorded_by, **facts)
        yield {**entry, "row": row}


def _disclosures(  # type: ignore[no-untyped-def]
    first: int, number: int, at, salts: list[tuple[int, bytes]]
) -> Iterator[dict[str, object]]:
    from django.db import connection

    from consent.models import Pupil
    from notices.models import Purpose
    from privacy_portal.ground.accounts.models import User
    from privacy_portal.ground.log.canonical import canonical
    from privacy_portal.ground.log.merkle import Frontier, leaf_hash
    from sharing.disclosures.entry import disclosure_body, sample_of
    from sharing.disclosures.lines import next_disclosure_id, outcome_text
    from sharing.models import AgreementVersion, Disclosure, SampledDisclosure

    people = [str(reference) for reference in Pupil.objects.values_list("reference", flat=True)]
    lines = [f"{row}\t{people[row]}\t{outcome_text(0, 0, None)}" for row in range(1, LINES + 1)]
    tree = Frontier()
    for line in lines:
        tree.add(leaf_hash(line.encode()))
    version = (
        AgreementVersion.objects.select_related("agreement", "recipient")
        .filter(agreement__reference="WIG-CNX")
        .latest("number")
    )
    begin = next_disclosure_id()
    rows = [
        Disclosure(
            id=begin + place, entry=first + 100 * place, agreement_reference="WIG-CNX",
            agreement_version=version, recipient=version.recipient,
            purpose=Purpose.objects.get(code="careers-guidance") if place == 0 else None,
            lines_root=tree.root(), at=at, by=User.objects.first() if place == 0 else None,
            on=at.date(), notice="pupils/1", outcome="released", reasons=[], columns=[],
            item_sets=[["pupil.name"]], rows_total=LINES, rows_released=LINES, rows_reduced=0,
            rows_withheld=0,
        )
        for place in range(number)
    ]  # fmt: skip
    for row in rows[1:]:
        row.purpose, row.by = rows[0].purpose, rows[0].by
    Disclosure.objects.bulk_create(rows, batch_size=5_000)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY sharing_disclosureline (disclosure_id, row, person, item_set, outcome, reason) FROM STDIN"
        ) as copy,
    ):
        for row in rows:
            copy.write("".join(f"{row.pk}\t{line}\n" for line in lines))
    bodies = [
        {**disclosure_body(row, LINES), "texts": _salted(row, row.entry, salts)} for row in rows
    ]
    SampledDisclosure.objects.bulk_create(
        SampledDisclosure(disclosure=row, reasons=reasons)
        for row, entry in zip(rows, bodies, strict=True)
        if (reasons := sample_of(row, leaf_hash(canonical(entry))))
    )
    yield from bodies


def ours(folder: Path) -> float:
    from privacy_portal.ground.log.together import processors
    from sharing.auditing.verifying import verify_log

    start = time.perf_counter()
    verified = verify_log(lambda entries: None, processes=processors())
    taken = time.perf_counter() - start
    assert verified.size > ENTRIES, verified
    return taken


def baseline(folder: Path) -> float:
    from privacy_portal.ground.log.merkle import Frontier, leaf_hashes
    from privacy_portal.ground.log.models import Head
    from privacy_portal.ground.log.reading import snapshot, stored_entries

    start = time.perf_counter()
    frontier = Frontier()
    with snapshot():
        for entries in stored_entries():
            frontier.extend(leaf_hashes([body for _, body, _ in entries]))
    taken = time.perf_counter() - start
    assert frontier.as_bytes() == bytes(Head.objects.get().frontier)
    return taken


if __name__ == "__main__":
    compare(
        title=f"verification of a log of {ENTRIES:,} entries",
        target="the target is a ratio of 1.5 and 300 MB",
        prepare=prepare,
        ours=ours,
        baseline=baseline,
    )
