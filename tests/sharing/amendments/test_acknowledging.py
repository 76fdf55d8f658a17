"""An organisation confirms an amendment by its link, once, and is chased until it does (H6)."""

from datetime import timedelta

import pytest
from django.test import Client

from privacy_portal.ground import days
from privacy_portal.ground.mail.models import Message
from sharing.amendments import chasing, queries
from sharing.auditing.verifying import verify_log
from sharing.disclosures.undoing import undo
from sharing.models import Amendment, AmendmentLink, AmendmentStep
from tests.sharing.amendments.steps import LINK, correct, find, let_go, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(amendment_sent, officer, second_officer):
    """An amendment whose file has left and whose link is on its way."""
    return amendment_sent


def link():
    """The newest link that was mailed."""
    message = Message.objects.filter(key__startswith="amendment/").order_by("-pk").first()
    return LINK.search(message.text)[1]


def kinds():
    return list(AmendmentStep.objects.values_list("kind", flat=True))


def test_the_link_is_mailed_once_the_file_has_left(shared, officer, second_officer):
    correct(address="2 New Road")
    release = make(find(), officer)
    chasing.ask(at=days.now())
    assert not Message.objects.filter(key__startswith="amendment/").exists()
    let_go(release, officer, second_officer)
    assert chasing.ask(at=days.now()) == 1
    assert chasing.ask(at=days.now()) == 0
    message = Message.objects.get(key__startswith="amendment/")
    assert message.to == "data@example.org"
    for personal in ("Ella", "Barlow", "New Road", "Address", "delete everything"):
        assert personal not in message.text


def test_opening_the_link_changes_nothing_and_the_button_confirms(sent, client):
    address = link()
    for _ in range(3):
        page = client.get(address)
        assert page.status_code == 200
        assert "Confirm that you have made the changes" in page.text
        assert client.head(address).status_code == 200
    assert kinds() == ["asked"]
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]
    done = client.post(address, {"who": "Data team"})
    assert "Changes confirmed" in done.text
    step = AmendmentStep.objects.last()
    assert (step.kind, step.by, step.note) == (
        "acknowledged", None, "By the link in our email: Data team",
    )  # fmt: skip
    verify_log(lambda entries: None)


def test_the_page_names_no_pupil(sent, client):
    text = client.get(link()).text
    for personal in ("Ella", "Barlow", "P207000016049", "New Road"):
        assert personal not in text


def test_a_used_link_gets_a_kind_page(sent, client):
    address = link()
    client.post(address)
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 410
        assert "These changes are already confirmed" in response.text
    assert kinds() == ["asked", "acknowledged"]


@pytest.mark.parametrize("wrong", ["x", "x:y", "a" * 43 + ":" + "b" * 43])
def test_a_wrong_link_gets_a_kind_page(sent, client, wrong):
    for response in (client.get(f"/amendments/{wrong}/"), client.post(f"/amendments/{wrong}/")):
        assert response.status_code == 410
        assert "This link does not work" in response.text
    assert kinds() == ["asked"]


def test_a_link_whose_signature_is_changed_is_wrong_though_its_secret_is_right(sent, client):
    token = link().split("/")[2]
    changed = f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"
    assert client.get(f"/amendments/{changed}/").status_code == 410
    assert client.get(f"/amendments/{token.split(':')[0]}/").status_code == 410


def test_a_link_expires(sent, client):
    AmendmentLink.objects.update(expires_at=days.now())
    assert client.post(link()).status_code == 410
    assert kinds() == ["asked"]


def test_no_secret_is_stored_once_the_mail_is_gone(sent):
    token = link().split("/")[2].split(":")[0]
    assert token not in AmendmentLink.objects.get().token_hash


def test_the_organisation_is_reminded_twice_and_then_officers_are_told(sent, officer):
    at = days.now()
    chased = [chasing.remind(at=at + timedelta(days=number)) for number in range(30)]
    assert [day for day, number in enumerate(chased) if number] == [7, 14, 21]
    assert kinds() == ["asked", "reminded", "reminded", "raised"]
    to = list(Message.objects.filter(key__startswith="amendment/").values_list("to", flat=True))
    assert to.count("data@example.org") == 3
    assert officer.email in to
    assert "Reminder" in Message.objects.get(key__endswith="/reminded/1").subject
    verify_log(lambda entries: None)


def test_a_reminders_link_works_and_so_does_the_first(sent, client):
    first = link()
    chasing.remind(at=days.now() + timedelta(days=7))
    assert link() != first
    assert client.get(first).status_code == 200
    client.post(link())
    assert client.get(first).status_code == 410


def test_nobody_is_reminded_once_it_is_confirmed(sent, client):
    client.post(link())
    assert chasing.remind(at=days.now() + timedelta(days=30)) == 0


def test_a_file_of_which_nothing_left_is_due_again(shared, officer, second_officer):
    correct(address="2 New Road")
    release = make(find(), officer)
    let_go(release, officer, second_officer)
    undo(release.disclosure, why="x", at=days.now())
    assert chasing.ask(at=days.now()) == 0
    assert list(queries.due()) == [Amendment.objects.get()]


class TestPages:
    @pytest.fixture
    def desk(self, client, officer):
        client.force_login(officer)
        return client

    def test_an_officer_looks_makes_and_finishes(self, shared, desk):
        assert "No amendments to make" in desk.get("/staff/amendments/").text
        correct(address="2 New Road")
        page = desk.post("/staff/amendments/look/", follow=True).text
        assert "1 amendment found" in page
        amendment = Amendment.objects.get()
        assert "1 amendment</a> to make" in " ".join(desk.get("/staff/").text.split())
        response = desk.post(f"/staff/amendments/{amendment.pk}/make/")
        assert response.url.startswith("/staff/releases/")
        again = desk.post(f"/staff/amendments/{amendment.pk}/make/", follow=True).text
        assert "The file has already been made" in again
        assert "Finish its release" in desk.get(f"/staff/amendments/{amendment.pk}/").text

    def test_what_is_overdue_is_on_the_start_page_and_its_list(
        self, sent, desk, officer, time_machine
    ):
        time_machine.move_to(days.now() + timedelta(days=15))
        desk.force_login(officer)
        assert "Amendments not confirmed" in desk.get("/staff/").text
        assert desk.get("/staff/amendments/overdue/").text.count("NEW-CNX") == 1
        assert desk.get("/staff/amendments/?which=sent").text.count("NEW-CNX") == 1

    def test_a_confirmation_by_telephone_is_recorded_by_hand(self, sent, desk, officer):
        page = desk.post(f"/staff/amendments/{sent.pk}/", {"note": ""}).text
        assert "Enter how they confirmed it, and who" in page
        desk.post(f"/staff/amendments/{sent.pk}/", {"note": "By phone, Dana"})
        step = AmendmentStep.objects.last()
        assert (step.kind, step.by, step.note) == ("acknowledged", officer, "By phone, Dana")
        again = desk.post(f"/staff/amendments/{sent.pk}/", {"note": "x"}, follow=True).text
        assert "already confirmed the changes" in again
        assert "NEW-CNX" in desk.get("/staff/amendments/?which=confirmed").text

    def test_the_link_is_sent_again(self, sent, desk):
        first = link()
        assert "Link sent" in desk.post(f"/staff/amendments/{sent.pk}/ask/", follow=True).text
        assert link() != first
        Client().post(link())
        page = desk.post(f"/staff/amendments/{sent.pk}/ask/", follow=True).text
        assert "The link cannot be sent" in page

    def test_the_list_takes_the_same_number_of_queries_for_many(
        self, sent, desk, django_assert_max_num_queries
    ):
        for _ in range(30):
            Amendment.objects.create(
                agreement=sent.agreement, purpose=sent.purpose, found_at=days.now()
            )
        with django_assert_max_num_queries(12):
            desk.get("/staff/amendments/")
