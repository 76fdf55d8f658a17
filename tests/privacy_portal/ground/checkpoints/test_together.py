"""Several processes that examine the log beside each other say of it what one says that walks through it (L5)."""

import os

import psycopg
import pytest
from django.db import connection, transaction

from privacy_portal.ground.log import reading, together
from privacy_portal.ground.log.appending import append, body
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.checkpoints import signer
from privacy_portal.ground.log.merkle import leaf_hash
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing import verifying
from sharing.auditing.checking import check_log
from sharing.auditing.verifying import verify_log
from tests.databases import database_url
from tests.example import NOON
from tests.tampering import past_the_guards, rebuilds

ENTRIES = 90


@pytest.fixture(autouse=True)
def log(committed, settings, tmp_path, monkeypatch):
    """Agreements with their entries and others, in stretches of 16; the last is not full."""
    monkeypatch.setattr(reading, "STRETCH", 16)
    settings.LOG_FOLDER = tmp_path / "log"
    more = range(ENTRIES - Entry.objects.count())
    with transaction.atomic():
        append([body("pupil-opened", at=NOON, by=None, person=str(number)) for number in more])


@pytest.fixture
def ways(monkeypatch):
    """Which ways the log was examined, in their order."""
    ways, examined = [], together.examined

    def noted(*args, **kwargs):
        ways.append("together")
        return examined(*args, **kwargs)

    monkeypatch.setattr(together, "examined", noted)
    return ways


def said(processes):
    """What is said of the log, and how far it was told to have been read."""
    told = []
    try:
        return verify_log(told.append, processes=processes), told
    except LogBrokenError as error:
        return (error.seq, error.why), told


def both():
    """What is said of the log whatever the number of processes."""
    sayings = [said(processes)[0] for processes in (1, 2, 9)]
    assert sayings == [sayings[0]] * 3
    return sayings[0]


def test_a_sound_log_is_sound(ways):
    verified, told = said(processes=2)
    assert (verified.size, told[-1], ways) == (ENTRIES, ENTRIES, ["together"])
    assert both() == verified


@pytest.mark.parametrize("grown", [0, 1, 7, 25])
def test_it_has_grown_from_a_checkpoint(grown):
    note = signer().sign(at=NOON, whole=True)
    with transaction.atomic():
        append([body("pupil-opened", at=NOON, by=None, person="x")] * grown)
    assert both().checkpoint.size == verify_log(print, note, processes=2).checkpoint.size == ENTRIES
    tampered = canonical(body("pupil-opened", at=NOON, by=None, person="y"))
    past_the_guards("UPDATE log_entry SET body = %s WHERE seq = 70", tampered)
    rebuilds(70)
    assert both() == (70, "is not the one that the checkpoint vouches for")


def test_the_first_bad_entry_is_named_whoever_examined_it():
    for seq in (80, 50, 33, 20):
        past_the_guards("UPDATE log_entry SET body = body || ' '::bytea WHERE seq = %s", seq)
        assert both()[0] == seq


def test_a_gap_is_named_and_so_is_what_stands_past_it():
    past_the_guards("UPDATE log_entry SET seq = 10 ^ 12 WHERE seq = %s", ENTRIES - 1)
    assert both() == (ENTRIES - 1, "is missing")
    past_the_guards("DELETE FROM log_entry WHERE seq = 47")
    assert both() == (47, "is missing")


def test_what_is_past_the_head_is_named():
    past_the_guards("DELETE FROM log_entry WHERE seq >= 64")
    assert both() == (64, "is missing")


def test_a_row_without_an_entry_is_named():
    with transaction.atomic():
        check_log(at=NOON)
    past_the_guards("INSERT INTO sharing_logcheck (id, at, size, why) VALUES (7777, now(), 1, '')")
    assert both() == (None, "check of the log 7777 is stored, but no entry vouches for it")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "ALTER TABLE log_entry DISABLE TRIGGER append_only_rows",
            "that keep log_entry append-only are missing or disabled",
        ),
        ("ALTER TABLE consent_pupilupn DISABLE TRIGGER note_replaced", "note_replaced"),
        (
            "INSERT INTO sharing_duedeletioncount (number) VALUES (1)",
            "the number of data to delete by no day is wrong",
        ),
    ],
)
def test_what_is_wrong_beside_entries_is_found_whoever_looks(statement, why):
    with connection.cursor() as cursor:
        cursor.execute(statement)
    seq, said_why = both()
    assert seq is None
    assert why in said_why


def test_each_check_beside_entries_is_made_by_one_process(monkeypatch, tmp_path):
    made = tmp_path / "made"

    def check():
        with made.open("a") as file:
            file.write("x")

    monkeypatch.setattr(verifying, "ALSO", [check] * 5)
    said(processes=3)
    assert made.read_text() == "x" * 5


def test_one_row_with_two_entries_in_the_stretches_of_two_processes_is_found(ways):
    with transaction.atomic():
        check_log(at=NOON)
        append([body("pupil-opened", at=NOON, by=None, person=str(number)) for number in range(16)])
    data = bytes(Entry.objects.get(seq=ENTRIES).body)
    assert b'"log-checked"' in data
    past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", data, ENTRIES + 16)
    rebuilds(ENTRIES + 16)
    assert both()[0] == ENTRIES + 16
    assert len(ways) == 2


def test_what_is_not_committed_is_read_in_the_transaction_itself(ways):
    with transaction.atomic():
        append([body("pupil-opened", at=NOON, by=None, person="x")])
        assert said(processes=2)[0].size == ENTRIES + 1
    assert ways == []


def test_where_a_process_dies_the_log_is_read_by_one(ways, monkeypatch):
    monkeypatch.setattr(together, "_examine_beside", lambda *args: os._exit(9))
    verified, told = said(processes=2)
    assert (verified.size, ways) == (ENTRIES, ["together"])
    assert told[-1] == ENTRIES


def test_all_processes_read_one_snapshot(committed, monkeypatch):
    """What another adds before they begin is not what they read."""
    begin = together._examine_beside

    def late(*args):
        with psycopg.connect(database_url(committed)) as another:
            another.execute(
                "INSERT INTO log_salt VALUES (%s, 'x') ON CONFLICT DO NOTHING", [ENTRIES - 1]
            )
        begin(*args)

    monkeypatch.setattr(together, "_examine_beside", late)
    assert said(processes=2)[0].size == ENTRIES
    assert both() == (ENTRIES - 1, "has a salt, but no texts")


def test_no_connection_is_left(log):
    said(processes=3)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone() == (0,)


def test_bodies_that_only_together_are_json_are_found():
    """One ends within a list that the next closes: joined they are as many values as bodies."""
    for seq, data in ((40, b'{"a":[{}'), (41, b'{"b":1}]}'), (42, b'{"c":1},{"d":2}')):
        past_the_guards(
            "UPDATE log_entry SET body = %s, leaf = %s WHERE seq = %s", data, leaf_hash(data), seq
        )
    rebuilds(40)
    assert both() == (40, "the body is not canonical JSON")
