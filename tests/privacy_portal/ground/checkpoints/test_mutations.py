"""Whatever whoever owns the database changes in the log, or in a row that it vouches for, is found against
a checkpoint that somebody kept, and the first bad entry or row is named (L3, L5)."""

import json
import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.log.merkle import Frontier, leaf_hash
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import KINDS, verify_log
from tests.example import NOON

ENTRIES = 10_000


def nothing(entries):
    """No progress to show."""


@pytest.fixture
def kept(lived_in, soak, settings, tmp_path, django_db_blocker, db):
    """A log of some thousand entries with rows of many kinds, and a checkpoint of it that was kept."""
    settings.LOG_FOLDER = tmp_path / "log"
    size = Entry.objects.count()
    more = (ENTRIES if soak else 1_000) - size
    append([body("pupil-opened", at=NOON, by=None, person=str(number)) for number in range(more)])
    return signer().sign(at=NOON, whole=True)


class Tampering:
    """Changes to entries, head and rows, as the owner of the database makes them."""

    def __init__(self, chance):
        self.chance = chance
        self.size = Entry.objects.count()
        self.done = Counter()

    def edits(self):
        """One letter of an entry; then perhaps leaves, head and frontier are made to fit again."""
        seq = self.chance.randrange(self.size)
        data = bytearray(_body(seq))
        place = self.chance.randrange(len(data))
        data[place] ^= 1 << self.chance.randrange(5)
        _sql("UPDATE log_entry SET body = %s WHERE seq = %s", bytes(data), seq)
        return seq

    def rewrites(self):
        """Another value in an entry, with canonical JSON, leaves and head made to fit again."""
        seq = self.chance.randrange(self.size)
        entry = json.loads(_body(seq))
        entry["by"] = "00000000-0000-0000-0000-000000000000"
        _sql("UPDATE log_entry SET body = %s WHERE seq = %s", canonical(entry), seq)
        _rebuild(seq)
        return seq

    def deletes(self):
        seq = self.chance.randrange(self.size)
        _sql("DELETE FROM log_entry WHERE seq = %s", seq)
        return seq

    def closes_a_gap(self):
        """An entry is deleted and those after it move up; leaves and head are made to fit again."""
        seq = self.chance.randrange(self.size - 1)
        _sql("DELETE FROM log_entry WHERE seq = %s", seq)
        _sql("UPDATE log_entry SET seq = -seq WHERE seq > %s", seq)
        _sql("UPDATE log_entry SET seq = -seq - 1 WHERE seq < 0")
        _rebuild(seq)
        return seq

    def inserts(self):
        """An entry in the middle; those after it move down."""
        seq = self.chance.randrange(self.size)
        _sql("UPDATE log_entry SET seq = -seq - 2 WHERE seq >= %s", seq)
        _sql("UPDATE log_entry SET seq = -seq - 1 WHERE seq < -1")
        data = canonical(body("pupil-opened", at=NOON, by=None, person="forged"))
        _sql("INSERT INTO log_entry VALUES (%s, %s, %s)", seq, data, leaf_hash(data))
        _rebuild(seq)
        return seq

    def swaps(self):
        """Two entries, with leaves and head made to fit again."""
        first, second = sorted(self.chance.sample(range(self.size), 2))
        bodies = _body(first), _body(second)
        _sql("UPDATE log_entry SET body = %s WHERE seq = %s", bodies[1], first)
        _sql("UPDATE log_entry SET body = %s WHERE seq = %s", bodies[0], second)
        if bodies[0] == bodies[1]:
            return None
        _rebuild(first)
        return first

    def cuts_off(self):
        """The last entries, with head and frontier made to fit again."""
        seq = self.chance.randrange(self.size)
        _sql("DELETE FROM log_entry WHERE seq >= %s", seq)
        _rebuild(self.size)
        return seq

    def empties(self):
        _sql("TRUNCATE log_entry")
        if self.chance.random() < 0.5:
            _rebuild(0)
        return 0

    def turns_back_the_head(self):
        """The head says less than there is: the rest was added past it."""
        size = self.chance.randrange(self.size)
        frontier = Frontier()
        for (leaf,) in _query("SELECT leaf FROM log_entry WHERE seq < %s ORDER BY seq", size):
            frontier.add(bytes(leaf))
        _sql("UPDATE log_head SET size = %s, frontier = %s", size, frontier.as_bytes())
        return size

    def turns_a_decision_round(self):
        _sql(
            "UPDATE consent_decision SET choice = CASE choice WHEN 'opt-out' THEN 'opt-in' ELSE "
            "'opt-out' END WHERE id = (SELECT max(id) FROM consent_decision)"
        )
        return "decision"

    def voids_a_decision(self):
        _sql(
            "INSERT INTO consent_invalidation (decision_id, kind, reason, at, by_id) SELECT id, "
            "'wrong-pupil', 'x', now(), (SELECT min(id) FROM accounts_user) FROM consent_decision "
            "ORDER BY id DESC LIMIT 1"
        )
        return "invalidation"

    def deletes_a_row(self):
        kind, row = self._row()
        _sql(f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", row.pk)
        return kind.name

    def inserts_a_row(self):
        """A copy of a row, which no entry vouches for."""
        kind, row = self._row()
        columns = [field.column for field in row._meta.concrete_fields]
        key = row._meta.pk.column
        if not isinstance(row.pk, int):
            return None
        values = ["id + 1000000" if column == key == "id" else column for column in columns]
        _sql(
            f"INSERT INTO {row._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM {row._meta.db_table} WHERE {key} = %s",
            row.pk,
        )
        return kind.name

    def edits_a_row(self):
        """Another value in a column of a row about which its entry says something."""
        kind, row = self._row()
        before = dict(next(iter(kind.facts([row]))))
        field = self.chance.choice([f for f in row._meta.concrete_fields if not f.primary_key])
        value = _another(field.value_from_object(row), self.chance)
        if value is None or field.column in ("entry",):
            return None
        _sql(
            f"UPDATE {row._meta.db_table} SET {field.column} = %s WHERE {row._meta.pk.column} = %s",
            value, row.pk,
        )  # fmt: skip
        changed = kind.rows().filter(pk=row.pk).first()
        if changed is not None and dict(next(iter(kind.facts([changed])))) == before:
            return None  # nothing is said of it
        return kind.name

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


def test_every_change_is_found_and_named(kept, soak):
    chance = random.Random(20261130)
    tampering = Tampering(chance)
    reached = Counter()
    wanted = 5_000 if soak else 2 * len(MUTATIONS)
    while sum(reached.values()) < wanted:
        name = MUTATIONS[sum(reached.values()) % len(MUTATIONS)]
        point = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET LOCAL session_replication_role = replica")
            try:
                with transaction.atomic():
                    _unguard()
                    bad = getattr(tampering, name)()
                    if name != "takes_a_guard_away":
                        _guard()
            except IntegrityError:
                continue  # the database has more belts than triggers
            if bad is None:
                continue
            with pytest.raises(LogBrokenError) as found:
                verify_log(nothing, kept)
            reached[name] += 1
            if isinstance(bad, int):
                assert found.value.seq == bad, (name, found.value)
            else:
                assert bad in str(found.value), (name, found.value)
        finally:
            transaction.savepoint_rollback(point)
    assert verify_log(nothing, kept).size == tampering.size
    assert set(reached) == set(MUTATIONS)


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


def _sql(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


GUARDED = ["log_entry", *{kind.rows().model._meta.db_table for kind in KINDS}]


def _unguard():
    for table in GUARDED:
        _sql(f"ALTER TABLE {table} DISABLE TRIGGER append_only_rows")
        _sql(f"ALTER TABLE {table} DISABLE TRIGGER append_only_table")


def _guard():
    for table in GUARDED:
        _sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_rows")
        _sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only_table")


def _rebuild(first):
    """Make leaves, head and frontier fit the entries again from number `first` on."""
    frontier = Frontier()
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, body, leaf FROM log_entry ORDER BY seq")
        stored = [
            (seq, leaf_hash(bytes(data)), bytes(leaf)) for seq, data, leaf in cursor.fetchall()
        ]
        cursor.executemany(
            "UPDATE log_entry SET leaf = %s WHERE seq = %s",
            [(leaf, seq) for seq, leaf, old in stored if leaf != old],
        )
    frontier.extend([leaf for _, leaf, _ in stored])
    _sql("UPDATE log_head SET size = %s, frontier = %s", frontier.size, frontier.as_bytes())
