"""What people wrote stands in no entry, and yet nobody can change it unseen (L4, L5)."""

import json
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from consent.models import Decision
from privacy_portal.ground.log.appending import append, body, record
from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.models import Entry, Salt
from privacy_portal.ground.log.texts import Fields, Texts, new_salt
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.log.vouching import Instant, Vouching
from sharing.auditing.verifying import KINDS, verify_log
from tests.example import NOON
from tests.forms import PAPERS, paper
from tests.log_entries import entries
from tests.tampering import past_the_guards

ADDED = "the salt of its texts is gone, and no entry says it was erased"


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return caught.value


@pytest.fixture
def decision(pupil, officer, client):
    client.force_login(officer)
    answer = client.post(PAPERS, paper(pupil))
    assert answer.status_code == 302, answer.text
    return Decision.objects.get()


def test_an_entry_has_a_hash_of_them_that_nobody_can_try_names_against(decision):
    entry = entries("decision-recorded")[-1]
    number = Entry.objects.count() - 1
    assert "Barlow" not in json.dumps(entry)
    assert len(entry["texts"]) == 64
    assert Salt.objects.get(entry=number).salt not in bytes(Entry.objects.get(pk=number).body)


@pytest.mark.parametrize(
    "column", ["person_name", "person_key", "relation", "email", "signed_on", "recorded_by_id"]
)
def test_a_changed_text_is_found(decision, second_officer, column):
    values = {"signed_on": "2026-01-01", "recorded_by_id": second_officer.pk}
    past_the_guards(f"UPDATE consent_decision SET {column} = %s", values.get(column, "other"))
    assert "its decision differs from what was logged in what people wrote" in str(fault())


def test_a_salt_that_is_gone_is_found(decision):
    number = Entry.objects.count() - 1
    record("pupil-opened", at=NOON, by=None, person="x")
    past_the_guards("DELETE FROM log_salt WHERE entry = %s", number)
    assert fault().seq == number


def test_erased_texts_and_the_entry_that_says_so_are_sound(decision):
    number = Entry.objects.count() - 1
    blanks = {name: Decision.blanks[name] for name in Decision.logged_texts}
    emptied = ", ".join(f"{name} = %s" for name in blanks)
    past_the_guards(f"UPDATE consent_decision SET {emptied}", *blanks.values())
    past_the_guards("DELETE FROM log_salt WHERE entry = %s", number)
    assert fault().seq == number
    assert str(fault()) == f"entry {number}: {ADDED}"
    append([body("details-erased", at=NOON, by=None, entries=[number])])
    verify_log(lambda size: None)


def test_texts_that_an_entry_says_were_erased_are_not_there(decision):
    number = Entry.objects.count() - 1
    past_the_guards("DELETE FROM log_salt WHERE entry = %s", number)
    append([body("details-erased", at=NOON, by=None, entries=[number])])
    assert fault().seq == number


def test_an_erasure_of_what_is_still_there_is_found(decision):
    number = Entry.objects.count() - 1
    append([body("details-erased", at=NOON, by=None, entries=[number])])
    assert f"the texts of entry {number} were erased, which they were not" in str(fault())


def test_information_added_to_a_published_notice_is_found(policy):
    past_the_guards(
        "DELETE FROM notices_nameditem WHERE id = (SELECT min(id) FROM notices_nameditem)"
    )
    assert "its published version of a notice differs from what was logged in content" in str(
        fault()
    )


def test_a_changed_agreement_that_came_signed_in_a_file_is_found(policy):
    past_the_guards("UPDATE sharing_agreementversion SET ends = ends + 1 WHERE number = 1")
    assert "its agreement signed elsewhere differs from what was logged in terms" in str(fault())


def test_an_agreement_that_no_file_brought_is_found(policy):
    past_the_guards(
        "UPDATE sharing_agreement SET reference = 'FORGED' "
        "WHERE id = (SELECT max(id) FROM sharing_agreement)"
    )
    assert "the agreement signed elsewhere it vouches for is missing" in str(fault())


@pytest.mark.parametrize("key", ["007", " 7", "７", "x", 2**63, "\0", True])
@pytest.mark.parametrize(
    ("event", "name"), [("decision-recorded", "decision"), ("opt-out-passed", "request")]
)
def test_an_entry_that_names_no_row_is_named_and_no_other(example, event, name, key):
    """Whatever stands there, and whichever sound entries are looked at with it."""
    size = Entry.objects.count()
    append([body(event, at=NOON, by=None, **{name: key})])
    assert fault().seq == size
    assert str(fault()).endswith("it vouches for is missing")


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), min_size=1), st.data())
def test_other_texts_or_another_salt_have_another_hash(values, data):
    salt = new_salt()
    name = data.draw(st.sampled_from(sorted(values)))
    other = {**values, name: values[name] + "x"}
    texts, others = (Texts(Fields(list(each), 0), [*each.values()]) for each in (values, other))
    assert texts.digest(salt) == texts.digest(salt)
    assert texts.digest(salt) not in {others.digest(salt), texts.digest(new_salt())}


def test_the_hash_is_of_canonical_json_in_which_nothing_is_empty():
    salt, at = new_salt(), datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=1)))
    values = {
        "b": at,
        "a": "x",
        "empty": "",
        "none": None,
        "no": False,
        "on": at.date(),
        "id": UUID(int=1),
    }
    said = {
        "a": "x",
        "b": "2026-11-23T00:00:00+00:00",
        "id": str(UUID(int=1)),
        "no": False,
        "on": "2026-11-23",
    }  # fmt: skip
    texts = Texts(Fields(list(values), 0), list(values.values()))
    assert texts.digest(salt) == sha256(salt + canonical(said)).hexdigest()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.columns], ids=lambda kind: kind.name
)
def test_the_database_says_of_rows_what_python_says_of_them(kind, example):
    names = list(kind.columns())
    rows = kind.rows().order_by("pk")
    stored = [
        dict(zip(names, row, strict=True)) for row in rows.values_list(*kind.columns().values())
    ]
    facts = [dict(said) for said in kind.facts(list(rows))]
    assert len(facts) > 100
    for said, row in zip(facts, stored, strict=True):
        assert set(said) <= set(names)
        for name in names:
            value = row[name]
            written = Instant(value) if isinstance(value, datetime) else value
            assert said.get(name) == written, name


def test_of_sound_decisions_no_row_is_read(example, monkeypatch):
    """The database says that they are as their entries say."""
    read, stored = [], Vouching._stored

    def noted(self, keys):
        if self.kind.name == "decision":
            read.extend(keys := list(keys))
        return stored(self, keys)

    monkeypatch.setattr(Vouching, "_stored", noted)
    verify_log(print)
    assert read == []
    changed = Decision.objects.earliest("pk").pk
    past_the_guards("UPDATE consent_decision SET relation = 'x' WHERE id = %s", changed)
    assert "its decision differs from what was logged in what people wrote" in str(fault())
    assert read == [str(changed)]
