"""What people wrote stands in no entry, and yet nobody can change it unseen (L4, L5)."""

import json

import pytest
from hypothesis import given, strategies as st

from consent.models import Decision
from privacy_portal.ground.log.appending import append, body, record
from privacy_portal.ground.log.models import Entry, Salt
from privacy_portal.ground.log.texts import Texts, new_salt
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
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
    blank = ", ".join(f"{name} = ''" for name in Decision().logged_texts)
    past_the_guards(f"UPDATE consent_decision SET {blank}")
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


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), min_size=1), st.data())
def test_other_texts_or_another_salt_have_another_hash(values, data):
    salt = new_salt()
    name = data.draw(st.sampled_from(sorted(values)))
    other = {**values, name: values[name] + "x"}
    digest = Texts(values, {}).digest(salt)
    assert digest == Texts({}, values).digest(salt)
    assert digest not in {Texts(other, {}).digest(salt), Texts(values, {}).digest(new_salt())}
