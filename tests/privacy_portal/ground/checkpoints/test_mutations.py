"""Whatever whoever owns the database changes in the log, or in a row that it vouches for, is found against
a checkpoint that somebody kept, and the first bad entry or row is named (L3, L5)."""

import json
import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from consent.models import Decision
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import KINDS, verify_log
from sharing.disclosures.person_lines import index_lines
from tests.databases import cloned_database
from tests.example import NOON
from tests.tampering import past_the_guards

ENTRIES = 10_000
CHANGES, PARTS = 5_000, 25
FAR = 1_000_000


def nothing(entries):
    """No progress to show."""


def pytest_generate_tests(metafunc):
    """The long run is in parts, which processes share. Each has a database of its own, since what is rolled
    back stays in its tables and makes each change slower than the one before."""
    if "part" in metafunc.fixturenames:
        parts = PARTS if metafunc.config.getoption("--soak") else 1
        metafunc.parametrize("part", range(parts))


@pytest.fixture
def kept(soak, settings, tmp_path, django_db_setup, django_db_blocker):
    """A log of some thousand entries with rows of many kinds, and a checkpoint of it that was kept."""
    settings.LOG_FOLDER = tmp_path / "log"
    with (
        django_db_blocker.unblock(),
        cloned_database("lived_in"),
        transaction.atomic(),
    ):
        more = (ENTRIES if soak else 1_000) - Entry.objects.count()
        append(
            [body("pupil-opened", at=NOON, by=None, person=str(number)) for number in range(more)]
        )
        index_lines(at=NOON)
        yield signer().sign(at=NOON, whole=True)


class Tampering:
    """Changes to entries, head and rows, as the owner of the database makes them."""

    def __init__(self, chance):
        self.chance = chance
        self.size = Entry.objects.count()
        self.last = ""

    def edits(self):
        """One letter of an entry; then perhaps leaves, head and frontier are made to fit again."""
        seq = self.chance.randrange(self.size)
        data = bytearray(_body(seq))
        place = self.chance.randrange(len(data))
        data[place] ^= 1 << self.chance.randrange(5)
        past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", bytes(data), seq)
        return seq

    def rewrites(self):
        """Another value in an entry, with canonical JSON, leaves and head made to fit again."""
        seq = self.chance.randrange(self.size)
        entry = json.loads(_body(seq))
        entry["by"] = "00000000-0000-0000-0000-000000000000"
        past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", canonical(entry), seq)
        _rebuild(seq)
        return seq

    def deletes(self):
        seq = self.chance.randrange(self.size)
        past_the_guards("DELETE FROM log_entry WHERE seq = %s", seq)
        return seq

    def closes_a_gap(self):
        """An entry is deleted and those after it move up; leaves and head are made to fit again."""
        seq = self.chance.randrange(self.size - 1)
        past_the_guards("DELETE FROM log_entry WHERE seq = %s", seq)
        past_the_guards("UPDATE log_entry SET seq = seq + %s WHERE seq > %s", FAR, seq)
        past_the_guards("UPDATE log_entry SET seq = seq - %s - 1 WHERE seq > %s", FAR, FAR)
        _rebuild(seq)
        return seq

    def inserts(self):
        """An entry in the middle; those after it move down."""
        seq = self.chance.randrange(self.size)
        past_the_guards("UPDATE log_entry SET seq = seq + %s WHERE seq >= %s", FAR, seq)
        past_the_guards("UPDATE log_entry SET seq = seq - %s + 1 WHERE seq >= %s", FAR, FAR)
        data = canonical(body("pupil-opened", at=NOON, by=None, person="forged"))
        past_the_guards("INSERT INTO log_entry VALUES (%s, %s, %s)", seq, data, leaf_hash(data))
        _rebuild(seq)
        return seq

    def swaps(self):
        """Two entries, with leaves and head made to fit again."""
        first, second = sorted(self.chance.sample(range(self.size), 2))
        bodies = _body(first), _body(second)
        past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", bodies[1], first)
        past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", bodies[0], second)
        if bodies[0] == bodies[1]:
            return None
        _rebuild(first)
        return first

    def cuts_off(self):
        """The last entries, with head and frontier made to fit again."""
        seq = self.chance.randrange(self.size)
        past_the_guards("DELETE FROM log_entry WHERE seq >= %s", seq)
        _rebuild(self.size)
        return seq

    def empties(self):
        past_the_guards("TRUNCATE log_entry")
        if self.chance.random() < 0.5:
            _rebuild(0)
        return 0

    def turns_back_the_head(self):
        """The head says less than there is: the rest was added past it."""
        size = self.chance.randrange(self.size)
        frontier = Frontier()
        for (leaf,) in _query("SELECT leaf FROM log_entry WHERE seq < %s ORDER BY seq", size):
            frontier.add(bytes(leaf))
        past_the_guards("UPDATE log_head SET size = %s, frontier = %s", size, frontier.as_bytes())
        return size

    def turns_a_decision_round(self):
        past_the_guards(
            "UPDATE consent_decision SET choice = CASE choice WHEN 'opt-out' THEN 'opt-in' ELSE "
            "'opt-out' END WHERE id = (SELECT max(id) FROM consent_decision)"
        )
        return "decision"

    def voids_a_decision(self):
        past_the_guards(
            "INSERT INTO consent_invalidation (decision_id, kind, reason, recorded_at, recorded_by_id) SELECT id, "
            "'wrong-pupil', 'x', now(), (SELECT min(id) FROM accounts_user) FROM consent_decision "
            "ORDER BY id DESC LIMIT 1"
        )
        return "invalidation"

    def deletes_a_row(self):
        kind, row = self._row()
        past_the_guards(
            f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", row.pk
        )
        return kind.name

    def inserts_a_decision(self):
        """A copy of a decision, which no entry vouches for."""
        row = Decision.objects.order_by("?").first()
        changed = {"id": f"id + {FAR}", "import_key": "md5(id::text) || md5(random()::text)"}
        columns = [field.column for field in row._meta.concrete_fields]
        values = [changed.get(column, f'"{column}"') for column in columns]
        past_the_guards(
            "INSERT INTO consent_decision ({}) SELECT {} FROM consent_decision WHERE id = %s".format(
                ", ".join(f'"{column}"' for column in columns), ", ".join(values)
            ),
            row.pk,
        )
        return "decision"

    def edits_a_row(self):
        """Another value in a column of a row about which its entry says something."""
        kind, row = self._row()
        before = _said(kind, row)
        field = self.chance.choice([f for f in row._meta.concrete_fields if not f.primary_key])
        value = _another(field.value_from_object(row), self.chance)
        self.last = f"{row._meta.label}.{field.name} of {row.pk} is {value!r}"
        if value is None or field.column in ("entry",):
            return None
        past_the_guards(
            f'UPDATE {row._meta.db_table} SET "{field.column}" = %s WHERE {row._meta.pk.column} = %s',
            value, row.pk,
        )  # fmt: skip
        changed = kind.rows().filter(pk=row.pk).first()
        if changed is not None and _said(kind, changed) == before:
            return None  # nothing is said of it
        return kind.name

    def deletes_a_salt(self):
        """The texts of an entry can no longer be compared, and no entry says that they were erased."""
        ((seq,),) = _query("SELECT entry FROM log_salt ORDER BY random() LIMIT 1")
        past_the_guards("DELETE FROM log_salt WHERE entry = %s", seq)
        return seq

    def hides_a_disclosure_from_a_pupils_list(self):
        past_the_guards(
            "DELETE FROM sharing_personline WHERE person IN (SELECT person FROM sharing_personline "
            "ORDER BY random() LIMIT 1)"
        )
        return "index of pupils' lists"

    def takes_a_guard_away(self):
        table = self.chance.choice(["log_entry", "consent_decision", "sharing_disclosure"])
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_rows")
        return "triggers"

    def _row(self):
        kinds = [kind for kind in KINDS if kind.rows().exists()]
        kind = self.chance.choice(kinds)
        return kind, kind.rows().order_by("?").first()


MUTATIONS = [name for name in vars(Tampering) if not name.startswith("_")]


def test_every_change_is_found_and_named(kept, soak, part):
    chance = random.Random(20261130 + part)
    _query("SELECT setseed(%s)", part / PARTS)
    tampering = Tampering(chance)
    reached = Counter()
    # Some draws change nothing, or meet another belt of the database: then there is another draw.
    each = -(-CHANGES // len(MUTATIONS) // PARTS) if soak else 2
    for name in MUTATIONS * 40 * each:
        if reached[name] == each:
            continue
        point = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET LOCAL session_replication_role = replica")
            try:
                with transaction.atomic():
                    bad = getattr(tampering, name)()
            except (IntegrityError, DataError):
                continue  # the database has more belts than triggers
            if bad is None:
                continue
            fault = fault_of(kept)
            assert fault is not None, (name, bad, tampering.last)
            reached[name] += 1
            if isinstance(bad, int):
                assert fault.seq == bad, (name, fault)
            else:
                assert bad in str(fault), (name, fault)
        finally:
            transaction.savepoint_rollback(point)
    assert verify_log(nothing, kept).size == tampering.size
    assert reached == Counter(dict.fromkeys(MUTATIONS, each))


def fault_of(checkpoint):
    """What is wrong with the log; None where nothing is found."""
    try:
        verify_log(nothing, checkpoint)
    except LogBrokenError as error:
        return error
    return None


def _said(kind, row):
    (facts,) = kind.facts([row])
    return dict(facts), texts_of(row) if hasattr(row, "logged_texts") else None


def _another(value, chance):
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case date():
            return value + timedelta(days=1)
        case str() if value:
            return chance.choice([value + "x", value[:-1] or "y"])
    return None


def _body(seq):
    ((data,),) = _query("SELECT body FROM log_entry WHERE seq = %s", seq)
    return bytes(data)


def _query(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _rebuild(first):
    """Make leaves, head and frontier fit the entries again from number `first` on."""
    frontier = Frontier()
    past_the_guards(
        "UPDATE log_entry SET leaf = sha256('\\x00'::bytea || body) WHERE seq >= %s", first
    )
    frontier.extend([bytes(leaf) for (leaf,) in _query("SELECT leaf FROM log_entry ORDER BY seq")])
    past_the_guards(
        "UPDATE log_head SET size = %s, frontier = %s", frontier.size, frontier.as_bytes()
    )
