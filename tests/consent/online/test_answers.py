"""The form to opt out online: who may fill it in, what is asked again, and whom it finds."""

import re
from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from consent.models import Decision, FormerName, OptOutRequest, UnconfirmedOptOut
from privacy_portal.ground.log.models import Entry
from tests import mails
from tests.commands import run
from tests.consent.online.pages import without_secrets
from tests.factories.consent import PupilFactory
from tests.forms import ABOUT, PARENT, confirm, confirm_link, fill_in, send_opt_out
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


def test_an_opt_out_that_fits_one_pupil_counts_from_receipt(pupil, client):
    page = send_opt_out(client)
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
        client = Client()
        sent = fill_in(client, **change)
        page = confirm(client, confirm_link())
        request = OptOutRequest.objects.latest("id")
        token = confirm_link("/opt-out/receipt/").split("/")[3]
        told = [sent.text, page.text, mails.sent()[-1].body, mails.sent()[-2].body]
        pages.append([each.replace(request.reference, "R").replace(token, "T") for each in told])
    pages = [[without_secrets(re.sub(r"confirm/\S+", "", text)) for text in page] for page in pages]
    assert pages[0] == pages[1]
    assert OptOutRequest.objects.count() == 2
    assert Decision.objects.count() == 1


def test_of_two_who_fit_neither_is_chosen(policy, client):
    PupilFactory.create_batch(2)
    send_opt_out(client)
    assert OptOutRequest.objects.count() == 1
    assert not Decision.objects.exists()


def test_a_waiting_opt_out_finds_its_pupil_when_the_roll_brings_it(policy, write, client):
    run(
        "roll",
        "import",
        write(f"{ROLL_HEADINGS}\r\n{pupil_row(UPN='B801200005001', Forename='Other')}"),
    )
    send_opt_out(client)
    assert not Decision.objects.exists()
    ran = run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row()}"))
    assert "1 online opt-outs now matched to a pupil" in ran.out
    decision = Decision.objects.get()
    assert decision.received_at == OptOutRequest.objects.get().received_at < decision.recorded_at


def test_a_pupil_under_16_is_told_kindly_and_nothing_is_stored(pupil, client):
    page = send_opt_out(client, who={"by": "pupil"})
    assert page.status_code == 200
    assert "Ask a parent or carer to do this" in page.text
    assert not OptOutRequest.objects.exists()
    for session in Session.objects.all():
        assert "opt-out-connexions" not in session.get_decoded()


def test_a_pupil_of_16_decides(policy, client):
    PupilFactory(born=date(2010, 1, 1))
    send_opt_out(
        client, who={"by": "pupil"}, date_of_birth={"born_0": "1", "born_1": "1", "born_2": "2010"}
    )
    assert Decision.objects.get().by == "pupil"
    assert OptOutRequest.objects.get().born == date(2010, 1, 1)


def test_a_scheme_of_parents_offers_no_choice_to_pupils(pupil, client):
    who = "/opt-out/about/height-weight/who/"
    first = client.get(who, follow=True).text
    assert "The pupil, aged" not in first
    assert "This form is for parents and carers" in first
    send_opt_out(client, "height-weight", who={"by": "pupil"})
    assert OptOutRequest.objects.get().by == "parent"


@pytest.mark.parametrize(
    ("step", "answers", "said"),
    [
        ("who", {}, "Select if you are the pupil, or their parent or carer"),
        (
            "date-of-birth",
            {"born_0": "", "born_1": "", "born_2": ""},
            "Enter the pupil’s date of birth",
        ),
        ("date-of-birth", {"born_0": "1", "born_1": "", "born_2": "2012"}, "must include a month"),
        ("date-of-birth", {"born_0": "31", "born_1": "2", "born_2": "2012"}, "must be a real date"),
        (
            "date-of-birth",
            {"born_0": "1", "born_1": "1", "born_2": "12"},
            "with 4 numbers for the year",
        ),
        ("date-of-birth", {"born_0": "1", "born_1": "1", "born_2": "2090"}, "must be in the past"),
        (
            "date-of-birth",
            {"born_0": "1", "born_1": "1", "born_2": "1985"},
            "Enter the pupil’s date of birth, not your own",
        ),
        ("name", {"forename": "", "surname": ""}, "Enter the pupil’s first name"),
        (
            "school",
            {"school": "other", "other_school": ""},
            "Enter the name of the school or college",
        ),
        ("school", {"school": "123456"}, "Select a school or college from the list"),
        ("contact", {"person_name": "P", "relation": "Aunt"}, "Enter your email address"),
        ("contact", {"person_name": "P", "email": "a@b.org"}, "Enter your relationship"),
        ("contact", {"relation": "Aunt", "email": "a@b.org"}, "Enter your full name"),
        (
            "contact",
            {"person_name": "P", "relation": "Aunt", "email": "no"},
            "Enter an email address in the correct format",
        ),
    ],
)
def test_a_fault_is_said_in_the_summary_and_beside_the_field(pupil, client, step, answers, said):
    for name, given in PARENT.items():
        if name == step:
            break
        client.post(f"{ABOUT}/{name}/", given)
    page = client.post(f"{ABOUT}/{step}/", answers)
    assert page.status_code == 422
    assert page.text.count(said) == 2
    assert "There is a problem" in page.text
    assert "<title>Error: " in page.text


def test_one_cannot_jump_ahead_or_send_twice(pupil, client):
    assert client.get(f"{ABOUT}/contact/").url == f"{ABOUT}/who/"
    assert client.post(f"{ABOUT}/check/").url == "/opt-out/"
    client.post(f"{ABOUT}/who/", PARENT["who"])
    assert client.post(f"{ABOUT}/check/").url == f"{ABOUT}/date-of-birth/"
    fill_in(client)
    assert client.post(f"{ABOUT}/check/").url == "/opt-out/sent/"
    assert UnconfirmedOptOut.objects.count() == 1
    assert client.get(f"{ABOUT}/nonsense/").status_code == 404
    assert client.get("/opt-out/about/nonsense/who/").status_code == 404


def test_changing_an_answer_comes_back_to_the_check(pupil, client):
    for step, answers in PARENT.items():
        client.post(f"{ABOUT}/{step}/", answers)
    assert 'value="ELLA"' in client.get(f"{ABOUT}/name/").text
    changed = client.post(f"{ABOUT}/name/", {"forename": "Eva", "surname": "Barlow"})
    assert changed.url == f"{ABOUT}/check/"
    assert "Eva Barlow" in client.get(f"{ABOUT}/check/").text


def test_who_turns_from_parent_into_pupil_is_asked_again_for_what_that_changes(pupil, client):
    for step, answers in PARENT.items():
        client.post(f"{ABOUT}/{step}/", answers)
    assert client.post(f"{ABOUT}/who/", {"by": "pupil"}).url == f"{ABOUT}/date-of-birth/"


def test_answers_for_one_scheme_are_not_those_for_another(pupil, client):
    client.post(f"{ABOUT}/who/", PARENT["who"])
    assert client.get("/opt-out/about/height-weight/contact/").url.endswith(
        "/height-weight/date-of-birth/"
    )


def test_a_former_name_fits(pupil, write, client):
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(Surname='Newname')}"))
    send_opt_out(client)
    assert Decision.objects.get().pupil == pupil
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(Surname='Third')}"))
    assert FormerName.objects.count() == 2


def test_a_parent_whose_child_decides_alone_is_left_to_a_person(policy, client):
    PupilFactory(born=date(2010, 1, 1))
    born = {"born_0": "1", "born_1": "1", "born_2": "2010"}
    send_opt_out(client, who={"by": "pupil"}, date_of_birth=born)
    page = send_opt_out(Client(), date_of_birth=born)
    assert "Opt-out confirmed" in page.text
    assert Decision.objects.get().by == "pupil"
    assert OptOutRequest.objects.to_match().count() == 1
