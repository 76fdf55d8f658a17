"""The online opt-out: kept as received, matched if exactly one pupil fits, one answer for all."""

from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from consent.models import Decision, OptOutRequest
from privacy_portal.log.models import Entry
from tests.conftest import ROLL_HEADINGS, pupil_row, run

pytestmark = pytest.mark.django_db
PARENT = {
    "who": {"by": "parent"},
    "date-of-birth": {"born_0": "5", "born_1": "5", "born_2": "2012"},
    "name": {"forename": "ELLA", "surname": "bar-low"},
    "school": {"school": "990001", "other_school": ""},
    "contact": {
        "person_name": "Ben Barlow",
        "email": "ben@example.org",
        "phone": "",
        "address": "",
    },
}


def send(client, scheme="connexions", **changes):
    """Goes through all pages and sends; returns the page one lands on."""
    client.post(f"/opt-out/about/{scheme}/")
    for step, answers in PARENT.items():
        response = client.post(
            f"/opt-out/{step}/", {**answers, **changes.get(step.replace("-", "_"), {})}
        )
        if response.status_code != 302:
            return response
    assert response.url == "/opt-out/check/"
    assert client.get("/opt-out/check/").status_code == 200
    return client.post("/opt-out/check/", follow=True)


def test_an_opt_out_that_fits_one_pupil_counts_from_receipt(pupil, client):
    page = send(client)
    received = OptOutRequest.objects.get()
    decision = Decision.objects.get()
    assert received.reference in page.text
    assert (decision.pupil, decision.request) == (pupil, received)
    assert decision.received_at == received.received_at
    assert (received.surname, received.forename) == ("bar-low", "ELLA")
    assert [
        event for entry in Entry.objects.order_by("seq") for event in (b"opt-out-received", b"decision-recorded")
        if event in bytes(entry.body)
    ] == [b"opt-out-received", b"decision-recorded"]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"name": {"forename": "Nobody", "surname": "Atall"}},
        {"date_of_birth": {"born_0": "6", "born_1": "5", "born_2": "2012"}},
        {"school": {"school": "other", "other_school": "Far Away High"}},
    ],
)
def test_one_that_fits_nobody_is_kept_and_told_the_same(pupil, changes):
    pages = []
    for change in ({}, changes):
        page = send(Client(), **change)
        reference = OptOutRequest.objects.latest("id").reference
        pages.append((page.status_code, page.text.replace(reference, "R").split("nonce=")[0]))
    assert pages[0] == pages[1]
    assert OptOutRequest.objects.count() == 2
    assert Decision.objects.count() == 1


def test_of_two_who_fit_neither_is_chosen(policy, write, client):
    body = pupil_row() + pupil_row(UPN="B801200005001")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{body}"))
    send(client)
    assert OptOutRequest.objects.count() == 1
    assert not Decision.objects.exists()


def test_a_waiting_opt_out_finds_its_pupil_when_the_roll_brings_it(policy, write, client):
    run(
        "roll",
        "import",
        write(f"{ROLL_HEADINGS}\r\n{pupil_row(UPN='B801200005001', Forename='Other')}"),
    )
    send(client)
    assert not Decision.objects.exists()
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}"))
    assert "1 opt-outs sent online now have their pupil" in ran.out
    decision = Decision.objects.get()
    assert decision.received_at == OptOutRequest.objects.get().received_at < decision.recorded_at


def test_a_pupil_under_16_is_told_kindly_and_nothing_is_stored(pupil, client):
    page = send(client, who={"by": "pupil"})
    assert page.status_code == 200
    assert "Please ask a parent or carer" in page.text
    assert not OptOutRequest.objects.exists()
    for session in Session.objects.all():
        assert "opt-out-answers" not in session.get_decoded()


def test_a_pupil_of_16_decides(policy, write, client):
    body = pupil_row(DOB="2010-01-01")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{body}"))
    send(
        client, who={"by": "pupil"}, date_of_birth={"born_0": "1", "born_1": "1", "born_2": "2010"}
    )
    assert Decision.objects.get().by == "pupil"
    assert OptOutRequest.objects.get().born == date(2010, 1, 1)


def test_a_scheme_of_parents_offers_no_choice_to_pupils(pupil, client):
    client.post("/opt-out/about/height-weight/")
    assert "The pupil, aged" not in client.get("/opt-out/who/").text
    assert client.post("/opt-out/who/", {"by": "pupil"}).status_code == 422


@pytest.mark.parametrize(
    ("step", "answers", "said"),
    [
        ("who", {}, "Say whether you are a parent or the pupil"),
        ("date-of-birth", {"born_0": "", "born_1": "", "born_2": ""}, "Enter the date of birth"),
        ("date-of-birth", {"born_0": "1", "born_1": "", "born_2": "2012"}, "must include a month"),
        ("date-of-birth", {"born_0": "31", "born_1": "2", "born_2": "2012"}, "must be a real date"),
        ("date-of-birth", {"born_0": "1", "born_1": "1", "born_2": "12"}, "the year with four"),
        ("date-of-birth", {"born_0": "1", "born_1": "1", "born_2": "2090"}, "must be in the past"),
        ("name", {"forename": "", "surname": ""}, "Enter the first name"),
        ("school", {"school": "other", "other_school": ""}, "Write the name of the school"),
        ("contact", {"person_name": "P"}, "Give an email address, a phone number or a postal"),
        ("contact", {"person_name": "P", "email": "no"}, "Enter an email address like"),
    ],
)
def test_a_fault_is_said_in_the_summary_and_beside_the_field(pupil, client, step, answers, said):
    client.post("/opt-out/about/connexions/")
    for name, given in PARENT.items():
        if name == step:
            break
        client.post(f"/opt-out/{name}/", given)
    page = client.post(f"/opt-out/{step}/", answers)
    assert page.status_code == 422
    assert page.text.count(said) == 2
    assert "There is a problem" in page.text
    assert "<title>Error: " in page.text


def test_one_cannot_jump_ahead_or_send_twice(pupil, client):
    assert client.get("/opt-out/contact/").url == "/opt-out/"
    client.post("/opt-out/about/connexions/")
    assert client.get("/opt-out/contact/").url == "/opt-out/who/"
    assert client.post("/opt-out/check/").url == "/opt-out/who/"
    send(client)
    assert client.post("/opt-out/check/").url == "/opt-out/done/"
    assert OptOutRequest.objects.count() == 1
    assert client.get("/opt-out/nonsense/").status_code == 404


def test_changing_an_answer_comes_back_to_the_check(pupil, client):
    client.post("/opt-out/about/connexions/")
    for step, answers in PARENT.items():
        client.post(f"/opt-out/{step}/", answers)
    assert 'value="ELLA"' in client.get("/opt-out/name/").text
    assert (
        client.post("/opt-out/name/", {"forename": "Eva", "surname": "Barlow"}).url
        == "/opt-out/check/"
    )
    assert "Eva Barlow" in client.get("/opt-out/check/").text
