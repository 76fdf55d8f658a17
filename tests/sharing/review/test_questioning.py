"""Officers ask about a disclosure; nobody signs it off while a question is open."""

import pytest
from django.db import IntegrityError, transaction

from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from sharing.models import Disclosure, DisclosureAnswer, DisclosureQuestion, SignOff
from sharing.review import questioning, signing_off
from tests.example import NOON
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries, events

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(pupil, officer):
    return DisclosureFactory(by=officer)


@pytest.fixture
def address(shared):
    return f"/staff/disclosures/{shared.entry}/"


def test_a_question_of_nothing_that_can_be_seen_is_not_asked(address, client, second_officer):
    client.force_login(second_officer)
    page = client.post(f"{address}ask/", {"question": "\u200b\u202e\u2800"}, follow=True)
    assert "Enter your question" in page.text
    client.post(f"{address}ask/", {"question": "Why\u202e?"})
    assert DisclosureQuestion.objects.get().words == "Why?"


def test_a_question_is_asked_answered_and_then_it_is_signed_off(
    shared, address, client, officer, second_officer
):
    client.force_login(second_officer)
    client.post(f"{address}ask/", {"question": "Why a phone number?"})
    assert "Why a phone number?" in client.get(address).text
    assert "Sign off</button>" not in client.get(address).text.replace("\n", "")
    assert "A question about this is open" in client.get(address).text
    listed = client.get("/staff/disclosures/", {"questions": "open"}).text
    assert f"Log entry {shared.entry}" in listed
    assert "Open question" in listed
    asked = client.get("/staff/disclosures/sign-off/", {"entry": [shared.entry]}).text
    assert "A question about this is open" in asked
    with pytest.raises(NotNowError, match="open"):
        signing_off.sign_off(shared, note="", by=second_officer, at=NOON)
    client.force_login(officer)
    (question,) = DisclosureQuestion.objects.all()
    client.post(f"{address}questions/{question.pk}/", {"answer": "The agreement has it."})
    assert "The agreement has it." in client.get(address).text
    assert "No entries match" in client.get("/staff/disclosures/", {"questions": "open"}).text
    assert "1 entry" in client.get("/staff/disclosures/", {"questions": "answered"}).text
    client.force_login(second_officer)
    client.post(address, {"note": ""})
    assert SignOff.objects.get().disclosure == shared
    assert events()[-3:] == ["disclosure-question", "disclosure-answer", "disclosure-signed-off"]
    verify_log(lambda _: None)


def test_the_other_side_is_told_by_an_email_that_says_nothing_of_it(
    shared, officer, second_officer
):
    question = questioning.ask(shared, words="Is Ella Barlow meant?", by=second_officer, at=NOON)
    questioning.answer(question, words="Ella is.", by=officer, at=NOON)
    mails = Message.objects.filter(key__startswith="disclosure-question/").order_by("pk")
    assert [mail.to for mail in mails] == [officer.email, second_officer.email]
    for mail in mails:
        assert f"log entry {shared.entry}" in mail.text
        assert "Ella" not in mail.subject + mail.text
    assert "Ella" not in str(entries("disclosure-question") + entries("disclosure-answer"))


def test_who_answers_themself_and_who_has_left_get_no_email(shared, officer, second_officer):
    officer.is_active = False
    officer.save()
    shared = Disclosure.objects.get(pk=shared.pk)
    question = questioning.ask(shared, words="Why?", by=second_officer, at=NOON)
    questioning.answer(question, words="I found out.", by=second_officer, at=NOON)
    assert not Message.objects.filter(key__startswith="disclosure-question/").exists()


def test_what_cannot_be_asked_or_answered_is_refused(
    shared, address, client, officer, second_officer
):
    with pytest.raises(NotNowError, match="another officer"):
        questioning.ask(shared, words="Why?", by=officer, at=NOON)
    question = questioning.ask(shared, words="Why?", by=second_officer, at=NOON)
    questioning.answer(question, words="So.", by=officer, at=NOON)
    with pytest.raises(NotNowError, match="already has an answer"):
        questioning.answer(question, words="Or so.", by=officer, at=NOON)
    client.force_login(second_officer)
    assert (
        "Enter your question" in client.post(f"{address}ask/", {"question": " "}, follow=True).text
    )
    asked = f"{address}questions/{question.pk}/"
    assert "Enter the answer" in client.post(asked, {"answer": ""}, follow=True).text
    assert client.post(f"{address}questions/9999/", {"answer": "x"}).status_code == 404
    assert DisclosureAnswer.objects.count() == 1


def test_the_database_refuses_a_sign_off_that_is_not_sound(shared, officer, second_officer):
    with pytest.raises(IntegrityError, match="Another officer"), transaction.atomic():
        SignOff.objects.create(disclosure=shared, by=officer, at=NOON)
    questioning.ask(shared, words="Why?", by=second_officer, at=NOON)
    with pytest.raises(IntegrityError, match="question about this"), transaction.atomic():
        SignOff.objects.create(disclosure=shared, by=second_officer, at=NOON)


def test_a_filter_with_an_error_does_not_say_that_nothing_matches(shared, client, officer):
    client.force_login(officer)
    sent = {"first_0": "31", "first_1": "11", "first_2": "2026"}
    page = client.get("/staff/disclosures/", sent)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    for words in ("No entries match", "There are no entries"):
        assert words not in page.text
