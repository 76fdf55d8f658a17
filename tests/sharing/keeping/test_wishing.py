"""Details are held, and erased early because somebody wishes it, by two officers (R2)."""

import pytest
from django.db import DatabaseError, transaction

from consent.models import ErasureAnswer, ErasureWish, Hold, Pupil
from privacy_portal.ground.errors import NotNowError
from sharing.auditing.verifying import verify_log
from sharing.keeping import erasing, wishing
from tests.example import DAY, NOON
from tests.factories.consent import DecisionFactory, PupilFactory
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(policy):
    pupil = PupilFactory.create(left_on=DAY.replace(day=1))
    DecisionFactory.create(pupil=pupil)
    return pupil


def page(pupil, *more):
    return "/".join(["/staff/keeping/pupils", str(pupil.reference), *more, ""])


def test_an_officer_holds_details_and_ends_it_with_a_reason(pupil, client, officer):
    client.force_login(officer)
    assert client.post(page(pupil, "hold"), {"reason": ""}).status_code == 422
    answer = client.post(page(pupil, "hold"), {"reason": "A claim in court"}, follow=True)
    assert "An officer holds the details." in answer.text
    assert "A claim in court" in client.get("/staff/keeping/holds/").text
    assert ">Held<" in "".join(client.get(f"/staff/pupils/{pupil.reference}/").text.split())
    hold = Hold.objects.get()
    client.post(page(pupil, "holds", str(hold.pk)), {"reason": "It is settled"})
    assert "No details are held." in client.get("/staff/keeping/holds/").text
    assert "It is settled" in client.get(page(pupil)).text
    again = client.post(page(pupil, "holds", str(hold.pk)), {"reason": "x"}, follow=True)
    assert "Another officer has already ended this." in again.text
    assert [entries(name)[0]["hold"] for name in ("hold-placed", "hold-ended")] == [hold.pk] * 2
    verify_log(lambda size: None)


def test_two_officers_erase_a_child_who_has_left(pupil, client, officer, second_officer):
    client.force_login(officer)
    client.post(page(pupil, "erase"), {"reason": "Her mother asks"})
    wish = ErasureWish.objects.get()
    mine = client.post(page(pupil, "erase", str(wish.pk)), {"answer": "yes"}, follow=True)
    assert "You asked for this, so another officer must answer." in mine.text
    client.force_login(second_officer)
    assert "Her mother asks" in client.get(page(pupil, "erase", str(wish.pk))).text
    assert "Ella Barlow" in client.get("/staff/").text
    assert "Ella Barlow" in client.get("/staff/keeping/").text
    done = client.post(page(pupil, "erase", str(wish.pk)), {"answer": "yes"}, follow=True)
    assert "The details have been erased." in done.text
    assert "A person’s wish (Article 17)" in done.text
    pupil.refresh_from_db()
    assert (pupil.surname, pupil.erased_at is None) == ("", False)
    assert ErasureWish.objects.get().reason == ""
    told = [entry["event"] for entry in entries()]
    assert told[-2:] == ["erasure-agreed", "details-erased"]
    verify_log(lambda size: None)


def test_a_yes_has_no_note_and_the_log_stays_sound(pupil, client, officer, second_officer):
    """What was written with a yes would be erased with the details, and its entry with it."""
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    client.force_login(second_officer)
    address = page(pupil, "erase", str(wish.pk))
    refused = client.post(address, {"answer": "yes", "note": "I agree"})
    assert (refused.status_code, "Leave this empty if you answer yes" in refused.text) == (
        422,
        True,
    )
    assert not ErasureAnswer.objects.exists()
    wishing.answer(wish, agrees=True, note="I agree", by=second_officer, at=NOON)
    assert ErasureAnswer.objects.get().note == ""
    verify_log(lambda size: None)


def test_after_a_no_and_a_yes_the_log_is_sound(pupil, officer, second_officer):
    for agrees, note in ((False, "A claim is coming"), (True, "")):
        wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
        wishing.answer(wish, agrees=agrees, note=note, by=second_officer, at=NOON)
    assert set(ErasureAnswer.objects.values_list("note", "erased")) == {("", True)}
    verify_log(lambda size: None)


def test_both_officers_are_told_which_opt_outs_end_and_the_list_says_who_they_were(
    pupil, client, officer, second_officer
):
    ends = "An opt-out is in force about Connexions. It ends when the details are erased."
    client.force_login(officer)
    assert ends in client.get(page(pupil, "erase")).text
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    client.force_login(second_officer)
    assert ends in client.get(page(pupil, "erase", str(wish.pk))).text
    client.post(page(pupil, "erase", str(wish.pk)), {"answer": "yes"})
    who = f"{officer.name} asked, {second_officer.name} agreed"
    assert who in client.get("/staff/keeping/erased/").text


def test_the_later_of_two_answers_leads_to_what_was_erased(
    pupil, client, officer, second_officer, monkeypatch
):
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    client.force_login(second_officer)
    address, real = page(pupil, "erase", str(wish.pk)), wishing.answer

    def after_another(asked, **more):
        monkeypatch.setattr(wishing, "answer", real)
        real(asked, agrees=True, note="", by=second_officer, at=NOON)
        real(asked, **more)

    monkeypatch.setattr(wishing, "answer", after_another)
    for _ in ("at once", "later"):
        late = client.post(address, {"answer": "yes"}, follow=True)
        assert late.status_code == 200
        assert late.redirect_chain == [("/staff/keeping/erased/", 302)]
        assert "These details have already been erased." in late.text
    assert client.get(address).status_code == 404
    assert client.post(page(pupil, "hold"), {"reason": "x"}).status_code == 302
    assert client.post("/staff/keeping/pupils/x/hold/", {"reason": "x"}).status_code == 404


def test_the_second_officer_can_keep_them(pupil, client, officer, second_officer):
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    with pytest.raises(NotNowError, match="already been asked"):
        wishing.propose(pupil, reason="x", by=officer, at=NOON)
    client.force_login(second_officer)
    address = page(pupil, "erase", str(wish.pk))
    assert client.post(address, {"answer": "no"}).status_code == 422
    client.post(address, {"answer": "no", "note": "A claim is coming"})
    assert "A claim is coming" in client.get(page(pupil)).text
    assert Pupil.objects.get(pk=pupil.pk).surname == "Barlow"
    with pytest.raises(NotNowError, match="already been answered"):
        wishing.answer(wish, agrees=True, note="", by=second_officer, at=NOON)
    verify_log(lambda size: None)


def test_nobody_on_a_roll_is_erased_however_much_it_is_wished(pupil, officer, second_officer):
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    Pupil.objects.update(left_on=None)
    with pytest.raises(NotNowError, match="on a school roll"):
        wishing.answer(wish, agrees=True, note="", by=second_officer, at=NOON)
    assert not ErasureAnswer.objects.exists()
    with pytest.raises(NotNowError, match="on a school roll"):
        wishing.check_can_propose(Pupil.objects.get(), at=NOON)


def test_the_database_takes_no_answer_from_the_same_officer(pupil, officer):
    wish = wishing.propose(pupil, reason="x", by=officer, at=NOON)
    with pytest.raises(DatabaseError, match="only by two officers"), transaction.atomic():
        ErasureAnswer.objects.create(wish=wish, agrees=True, at=NOON, by=officer)


def test_without_an_answer_the_time_decides(pupil, officer):
    wishing.propose(pupil, reason="x", by=officer, at=NOON)
    assert erasing.erase_due(at=NOON) == 0
