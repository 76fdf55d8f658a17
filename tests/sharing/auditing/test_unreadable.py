"""Whatever stands in entries and rows, the log check says what is wrong: it never ends without an answer, and never
without telling officers."""

import pytest
from django.db import connection

from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.merkle import leaf_hash
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.mail.models import Message
from sharing.auditing import checking
from sharing.auditing.verifying import verify_log
from sharing.models import LogCheck
from tests.commands import run
from tests.example import NOON
from tests.tampering import past_the_guards, rebuilds

pytestmark = pytest.mark.django_db

AT = "2026-11-20T12:00:00+00:00"
ODD = [
    {},
    {"event": None, "at": AT},
    {"event": ["x"], "at": AT},
    {"event": {"x": 1}, "at": AT},
    {"event": "x"},
    {"event": "x", "at": 5},
    {"event": "details-erased", "at": AT, "by": None, "entries": None},
    {"event": "details-erased", "at": AT, "by": None, "entries": 5},
    {"event": "details-erased", "at": AT, "by": None, "entries": ["1"]},
    {"event": "details-erased", "at": AT, "by": None, "entries": [True]},
    {"event": "details-erased", "at": AT, "by": None, "entries": [], "person": [1]},
    {"event": "roles-changed", "at": AT, "by": None},
    {"event": "roles-changed", "at": AT, "by": None, "person": "x"},
    {"event": "roles-changed", "at": AT, "by": None, "person": "x", "roles": None},
    {"event": "roles-changed", "at": AT, "by": None, "person": "x", "roles": [[1]]},
    {"event": "roles-changed", "at": AT, "by": None, "person": ["x"], "roles": []},
    {"event": "person-added", "at": AT, "by": None},
    {"event": "person-added", "at": AT, "by": None, "person": None},
    {"event": "person-added", "at": AT, "by": None, "person": {"x": 1}},
    {"event": "person-added", "at": AT, "by": ["x"], "person": "x"},
    {"event": "person-added", "at": "yesterday", "by": None, "person": "x"},
    {"event": "schools-changed", "at": AT, "by": None, "person": "x", "schools": 5},
]  # fmt: skip


def changed(seq, entry):
    """Put this in place of an entry, and rebuild the log from it on, as the owner of the database can."""
    past_the_guards("UPDATE log_entry SET body = %s WHERE seq = %s", canonical(entry), seq)
    rebuilds(seq)


def appended(entry):
    """Append an entry past the portal; gives its number."""
    seq, body = Entry.objects.count(), canonical(entry)
    past_the_guards(
        "INSERT INTO log_entry (seq, body, leaf) VALUES (%s, %s, %s)", seq, body, leaf_hash(body)
    )
    rebuilds(0)
    return seq


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return caught.value


@pytest.mark.parametrize("entry", ODD, ids=str)
def test_an_odd_entry_is_named(policy, entry):
    assert verify_log(lambda size: None).size
    seq = appended(entry)
    assert fault().seq == seq


@pytest.mark.parametrize("entry", ODD[::4], ids=str)
def test_an_odd_entry_among_others_is_named(example, entry):
    changed(100, entry)
    assert fault().seq == 100


def test_a_row_that_cannot_be_compared_names_its_entry(example, monkeypatch):
    """Of many entries of a kind, by halves."""
    from sharing.auditing import verifying

    kind = next(kind for kind in verifying.KINDS if "log-checked" in kind.events)
    checks = [checking.check_log(at=NOON) for _ in range(5)]
    seqs = list(Entry.objects.order_by("seq").values_list("seq", flat=True))[-5:]
    facts = kind.facts

    def broken(rows):
        for row in rows:
            yield from facts([row]) if row.pk != checks[3].pk else [row.size[0]]

    changed_kinds = [
        each if each is not kind else type(kind)(**{**_fields(kind), "facts": broken})
        for each in verifying.KINDS
    ]
    monkeypatch.setattr(verifying, "KINDS", changed_kinds)
    found = fault()
    assert found.seq == seqs[3]
    assert "cannot be compared with the check of the log it vouches for (TypeError)" in str(found)


def _fields(kind):
    return {name: getattr(kind, name) for name in type(kind).__dataclass_fields__}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("log_head", "the head of the log is missing"),
        ("notices_contact", "what is stored cannot be read as it was written (AttributeError in"),
        ("notices_item", "entry 2: its published version of a notice differs"),
        ("notices_purpose", "the policy (organisations, information, purposes, opt-outs, numbers) is"),
    ],
)  # fmt: skip
def test_rows_that_are_missing_are_said(example, table, said):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})")
        cursor.execute("SET session_replication_role = origin")
    ran = run("log", "verify")
    assert ran.code == 3
    assert said in ran.said


def test_a_table_that_was_renamed_is_said(example):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sharing_signoff RENAME TO sharing_signoffs")
    assert 'relation "sharing_signoff" does not exist' in str(fault())


def test_officers_are_told_of_a_check_that_did_not_come_to_its_end(policy, officer, monkeypatch):
    def dies(progress):
        raise MemoryError

    monkeypatch.setattr(checking, "verify_log", dies)
    check = checking.check_log(at=NOON)
    assert check.why == LogCheck.objects.get().why
    assert "did not come to its end (MemoryError)" in check.why
    assert "did not come to its end" in Message.objects.get(to=officer.email).text


def test_rows_that_say_they_were_emptied_are_found(example):
    past_the_guards(
        "UPDATE consent_decision SET erased = true WHERE id = (SELECT min(id) FROM consent_decision)"
    )
    assert str(fault()).endswith("was never emptied")
