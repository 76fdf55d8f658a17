"""Officers' pages of requests for data: recorded on the phone, completed, decided and answered (Q1, Q2)."""

import csv
import re
from copy import copy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail

from notices.models import Purpose
from privacy_portal.ground.days import start_of
from privacy_portal.ground.mail.models import Message
from sharing.models import DataRequest, DataRequestStep, RequestDecision
from sharing.requests import deciding, disclosing, exporting, queries, steps
from tests.example import DAY, NOON, UPN
from tests.factories.consent import ProtectionFactory
from tests.factories.requests import DataRequestFactory, decided
from tests.forms import day_fields
from tests.log_entries import events
from tests.mails import run_jobs
from tests.many import store_many

pytestmark = pytest.mark.django_db
FIRST = {
    "channel": "phone",
    **day_fields("received_on", DAY),
    "received_time": "11:30am",
    "recipient": "",
    "organisation_name": "Example Police",
    "submission": "6f0b1b0e-5f64-4dd8-9d2c-2f9f5a0f4b11",
}


@pytest.fixture
def desk(pupil, client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def request_of(pupil, officer):
    def make(*, pupils=(pupil,), **known):
        return DataRequestFactory(pupils=pupils, known=known, by=officer)

    return make


def post(client, number, name, **answers):
    response = client.post(f"/staff/requests/{number}/{name}/", answers)
    assert response.status_code == 302, response.text
    return client.get(response.url).text


def test_a_request_is_recorded_on_the_phone_and_completed_later(desk, pupil):
    response = desk.post("/staff/requests/new/", FIRST)
    request = DataRequest.objects.get()
    page = desk.get(response.url).text
    for need in ("who asks, and for which organisation", "how you checked who asks"):
        assert need in page
    assert "Nothing can be shared before you check who asks" in page
    assert "23 November 2026, by phone" in page
    number = request.pk
    post(desk, number, "parts/check", asker_check="called", check_note="The station.", seen="1")
    found = desk.post(f"/staff/requests/{number}/people/", {"q": UPN, "press": "find", "seen": "2"})
    assert "Ella Barlow, born 5 May 2012" in found.text
    assert "Example High School" in found.text
    page = post(desk, number, "people", pupil=[str(pupil.reference)], press="save", seen="2")
    assert "Ella Barlow" in page
    post(
        desk, number, "parts/information", seen="3", items=["pupil.surname", "pupil.phone"],
        words="", condition="",
    )  # fmt: skip
    post(
        desk, number, "parts/purpose", seen="4", purpose="", purpose_words="A missing child.",
        power="crime", power_words="", necessity="Needed.", dpia="",
    )  # fmt: skip
    post(desk, number, "parts/view", seen="5", view="not-needed", view_words="Routine.")
    page = post(
        desk, number, "parts/asker", seen="6", **FIRST | {"asker_name": "Pat", "contact": "1"}
    )
    assert "Before you can share" not in page
    assert queries.details_of(number).number == 7
    assert events().count("request-changed") == 7


def test_the_form_sent_twice_records_one_request(desk):
    for _ in range(2):
        assert desk.post("/staff/requests/new/", FIRST).status_code == 302
    assert DataRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channel": ""}, "Select how they asked"),
        ({"received_on_0": ""}, "must include a day"),
        (day_fields("received_on", DAY + timedelta(days=1)), "must be in the past"),
        ({"received_time": "13:00"}, "must be in the past"),
        ({"received_time": "25:00"}, "Enter a time like"),
        ({"organisation_name": ""}, "Select the organisation, or enter its name"),
        ({"recipient": "fft"}, "Select an organisation or enter a name, not both"),
        ({"urgent": "on"}, "Enter why it is urgent"),
    ],
)
def test_what_was_typed_stays_on_the_page_with_an_error(desk, change, message):
    response = desk.post("/staff/requests/new/", {**FIRST, "asker_name": "Pat Constable", **change})
    assert response.status_code == 422
    assert message in response.text
    assert "Pat Constable" in response.text
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize(
    ("part", "answers", "message"),
    [
        ("check", {"asker_check": "called", "check_note": ""}, "Enter details of the check"),
        ("information", {}, "Select what they ask for, or describe it"),
        ("purpose", {"power": "other-act", "purpose_words": "x", "necessity": "x"}, "name of the Act"),
        ("view", {"view": "agrees"}, "Enter who gave the view"),
        ("view", {"view": "not-needed"}, "Enter why you do not need their view"),
    ],
)  # fmt: skip
def test_a_part_says_what_is_missing(desk, request_of, part, answers, message):
    response = desk.post(
        f"/staff/requests/{request_of().pk}/parts/{part}/", {"seen": "2", **answers}
    )
    assert response.status_code == 422
    assert message in response.text


def test_no_page_shows_where_a_protected_pupil_is(desk, pupil, request_of):
    pupil.address = "1 Hidden Lane"
    pupil.save()
    ProtectionFactory(pupil=pupil)
    number = request_of().pk
    found = desk.post(
        f"/staff/requests/{number}/people/", {"q": "Barlow", "press": "find", "seen": "2"}
    )
    pages = [found.text] + [
        desk.get(f"/staff/requests/{number}/{name}").text for name in ("", "people/", "decide/")
    ]
    for page in pages:
        assert "Example High School" not in page
        assert "Hidden Lane" not in page
    assert "Must not be found" in pages[1]
    assert "a second officer must agree to share anything" in pages[3]


def test_the_decision_page_says_what_the_rules_say_and_keeps_what_was_typed(
    desk, pupil, request_of
):
    number = request_of().pk
    address = f"/staff/requests/{number}/decide/"
    empty = desk.get(address).text
    assert "The rules allow sharing." in empty
    assert not re.search(r'type="checkbox"[^>]* checked', empty)
    wrong = desk.post(address, {"share": "share", "seen": "2", "reasons": "Because.", "items": []})
    assert wrong.status_code == 422
    assert "Select the information that you share, or select “Do not share”" in wrong.text
    assert "Because." in wrong.text
    page = post(
        desk, number, "decide", share="share", seen="2", reasons="Because.",
        items=["pupil.surname"], **{f"pupil-{pupil.reference}": "share"},
    )  # fmt: skip
    assert "Share some of it" in page
    assert "Record what was shared" in page
    assert RequestDecision.objects.get().kind == "share-some"


def test_on_the_decision_page_nothing_is_chosen_beforehand(desk, pupil, request_of):
    number = request_of(items=[], words="who collects the child").pk
    address = f"/staff/requests/{number}/decide/"
    page = desk.get(address).text
    assert "They ask for: who collects the child" in page
    assert re.search(r"<textarea[^>]*name=\"words\"[^>]*></textarea>", page)
    wrong = desk.post(address, {"share": "share", "seen": "2", "reasons": "Because."})
    assert "Enter the information that you share, or select “Do not share”" in wrong.text


def test_what_was_shared_is_recorded_on_its_page(desk, pupil, request_of, officer):
    request = request_of()
    decided(request, by=officer)
    answers = {
        **day_fields("on", DAY), "means": "phone", "pupils": [str(pupil.reference)],
        "items": ["pupil.surname", "pupil.phone"], "keeping": "their-own", "note": "I rang.",
        "submission": "6f0b1b0e-5f64-4dd8-9d2c-2f9f5a0f4b12",
    }  # fmt: skip
    page = post(desk, request.pk, "shared", **answers)
    assert "Recorded in the disclosure log" in page
    beyond = answers | {"beyond": "on", "submission": "6f0b1b0e-5f64-4dd8-9d2c-2f9f5a0f4b13"}
    assert "opened an incident" in post(desk, request.pk, "shared", **beyond)
    nobody = desk.post(f"/staff/requests/{request.pk}/shared/", answers | {"pupils": []})
    assert "Enter who it was about" in nobody.text


def test_a_second_officer_agrees_on_the_page_and_the_first_cannot(
    desk, pupil, request_of, officer, second_officer
):
    ProtectionFactory(pupil=pupil)
    request = request_of()
    decided(request, by=officer, choice="share.without-locating")
    assert "Another officer must agree" in desk.get(f"/staff/requests/{request.pk}/").text
    assert "You decided this" in post(desk, request.pk, "second", press="agree", decision="1")
    desk.force_login(second_officer)
    assert "Requests that need a second officer" in desk.get("/staff/").text
    assert "says why you send it back" in post(
        desk, request.pk, "second", press="back", decision="1"
    )
    assert "Agreed" in post(desk, request.pk, "second", press="agree", decision="1")
    assert "Requests that need a second officer" not in desk.get("/staff/").text


class TestLetters:
    def text(self, client, number, kind):
        page = client.get(f"/staff/requests/{number}/letters/{kind}/")
        assert page.status_code == 200
        return re.search(r"<textarea.*?>(.*?)</textarea>", page.text, re.DOTALL)[1]

    def test_a_refusal_reads_the_same_whoever_was_asked_about(self, desk, request_of, officer):
        known, unknown = request_of(), request_of(pupils=(), others=1)
        texts = set()
        for request in (known, unknown):
            decided(request, by=officer, share=False)
            text = self.text(desk, request.pk, "refused")
            texts.add(text.replace(f"Request {request.pk}", "Request"))
            for secret in ("Barlow", "Ella", "pupil", "Example High School", "needed, and lawful"):
                assert secret not in text
        assert len(texts) == 1

    def test_only_the_letter_that_fits_can_be_had(self, desk, request_of, officer):
        request = request_of()
        assert "To decide" in desk.get(f"/staff/requests/{request.pk}/").text
        self.text(desk, request.pk, "more")
        decided(request, by=officer)
        assert "It is not in this letter" in self.text(desk, request.pk, "shared")
        for kind in ("refused", "partly", "more", "other"):
            assert desk.get(f"/staff/requests/{request.pk}/letters/{kind}/").status_code == 404

    def test_a_letter_that_asks_for_more_says_what(self, desk, request_of):
        request = request_of(power="", necessity="")
        assert "checked" in desk.get(f"/staff/requests/{request.pk}/more/").text
        post(desk, request.pk, "more", points=["power"])
        text = self.text(desk, request.pk, "more")
        assert "the law that allows us to share it" in text
        assert "why you need this much" not in text
        assert DataRequestStep.objects.get().points == ["power"]

    def test_the_pdf_is_logged(self, desk, request_of, officer):
        request = request_of()
        decided(request, by=officer, share=False)
        response = desk.get(f"/staff/requests/{request.pk}/letters/refused.pdf")
        assert response.content.startswith(b"%PDF")
        assert events()[-1] == "request-letter"


class TestTheList:
    def test_it_is_empty_at_first(self, desk):
        assert "There are no requests to decide." in desk.get("/staff/requests/").text
        assert "No request is overdue." in desk.get("/staff/requests/?status=overdue").text

    def test_the_soonest_to_decide_is_first_and_urgent_ones_have_another_clock(
        self, desk, request_of, officer, time_machine
    ):
        ordinary = request_of()
        urgent = request_of(urgent=True, urgent_why="A child is missing.")
        page = desk.get("/staff/requests/").text
        assert page.index(f"Request {urgent.pk}") < page.index(f"Request {ordinary.pk}")
        assert "24 November 2026" in page
        assert "23 December 2026" in page
        time_machine.move_to(NOON + timedelta(hours=25))
        desk.force_login(officer)
        assert "1 overdue" in desk.get("/staff/").text
        overdue = desk.get("/staff/requests/?status=overdue").text
        assert f"Request {urgent.pk}" in overdue
        assert f"Request {ordinary.pk}" not in overdue

    def test_it_is_filtered_by_status_and_words(self, desk, request_of, officer):
        first, second = request_of(), request_of(organisation_name="Example Court")
        decided(first, by=officer, share=False)
        page = desk.get("/staff/requests/?status=decided").text
        assert f"Request {first.pk}" in page
        assert "Example Court" not in page
        page = desk.get("/staff/requests/?status=all&words=court").text
        assert f"Request {second.pk}<" in page
        assert "Example Police" not in page
        assert "No request matches." in desk.get("/staff/requests/?words=nobody").text

    def test_no_request_vanishes_between_decision_and_answer(
        self, desk, pupil, request_of, officer, second_officer
    ):
        def card(page, heading):
            tasks = page.split('class="govuk-task-list__item"')[1:]
            called = re.compile(rf"{heading}(, due [^<]*)? ?</div>")
            line = next((task for task in tasks if called.search(task)), "")
            found = re.search(r'href="(/staff/requests/[^"]*)"[^>]*>(\d+) request', line)
            if found is None:
                return None
            assert f"{found[2]} request" in desk.get(found[1]).text
            return int(found[2])

        def state():
            page = " ".join(desk.get("/staff/").text.split())
            return (
                card(page, "Requests for information"),
                card(page, "Requests that need a second officer"),
                card(page, "Requests to answer"),
            )

        assert state() == (None, None, None)
        request, other = request_of(), request_of(others=1)
        assert state() == (2, None, None)
        decided(other, by=officer)
        assert state() == (1, None, None)
        waiting = desk.get("/staff/requests/?status=waiting").text
        assert f"Request {other.pk}<" in waiting
        assert f"Request {other.pk}<" not in desk.get("/staff/requests/").text
        desk.force_login(second_officer)
        assert state() == (1, 1, None)
        decided(request, by=officer, share=False)
        assert state() == (None, 1, 1)
        deciding.answer(other, agrees=True, note="", number=1, by=second_officer, at=NOON)
        assert state() == (None, None, 2)
        for each in (request, other):
            steps.record_step(
                each, DataRequestStep.Kind.ANSWERED, on=DAY, note="", by=officer, at=NOON
            )
        assert state() == (None, None, None)
        assert "There are no requests to answer." in desk.get("/staff/requests/?status=answer").text

    def test_the_third_of_a_kind_in_a_year_is_pointed_out(self, desk, request_of):
        for days in (300, 200):
            request_of(received_at=NOON - timedelta(days=days))
        assert "of its kind" not in desk.get("/staff/requests/").text
        third = request_of()
        assert "3rd of its kind in a year" in desk.get("/staff/requests/").text
        page = desk.get(f"/staff/requests/{third.pk}/").text
        assert "Make an agreement" in page
        assert "/staff/agreements/new/" in page

    def test_it_takes_the_same_queries_however_many_there_are(
        self, desk, request_of, django_assert_max_num_queries
    ):
        for _ in range(3):
            request_of()
        with django_assert_max_num_queries(12):
            desk.get("/staff/requests/")

    def test_ten_thousand_are_shown_page_by_page(
        self, desk, request_of, officer, django_assert_max_num_queries
    ):
        like = queries.details_of(request_of().pk)
        requests = store_many(
            DataRequest(submission=uuid4(), at=NOON, by=officer) for _ in range(10_000)
        )
        rows = []
        for number, request in enumerate(requests):
            row = copy(like)
            row.pk, row.request, row.number, row.items = None, request, 1, [f"item-{number}"]
            row.purpose_words = f"Case {number}"
            row.due_at = NOON + timedelta(hours=number)
            rows.append(row)
        store_many(rows, batch_size=2_000)
        with django_assert_max_num_queries(12):
            page = desk.get("/staff/requests/?page=200").text
        assert "10,001 requests" in page
        assert page.count("Example Police") == 50
        with django_assert_max_num_queries(12):
            desk.get("/staff/requests/?status=all&words=police")


def test_the_csv_for_auditors_names_no_pupil(desk, pupil, request_of, officer):
    request = request_of(necessity="Ella Barlow is missing.", words="Ella’s notes")
    decided(request, by=officer, reasons="Ella Barlow is at risk.")
    text = b"".join(desk.get("/staff/requests/log.csv")).decode()
    assert str(pupil.reference) in text
    assert "Barlow" not in text
    assert "Ella" not in text
    assert text.startswith(",".join(exporting.HEADINGS[:3]))
    assert "Share some of it" in text
    assert events()[-1] == "requests-exported"


def test_the_csv_tells_what_was_shared_from_what_was_decided(desk, pupil, request_of, officer):
    def newest():
        lines = b"".join(desk.get("/staff/requests/log.csv")).decode().lstrip("\ufeff").splitlines()
        return dict(zip(exporting.HEADINGS, next(csv.reader(lines[1:])), strict=True))

    request = request_of(received_at=start_of(DAY))
    assert newest()["Information decided"] == newest()["Information shared"] == ""
    assert (newest()["Received"], newest()["Purpose"]) == (
        "2026-11-23", "Described on the request",
    )  # fmt: skip
    decided(request, by=officer)
    assert newest()["Information decided"] == "Phone; surname"
    assert newest()["Information shared"] == newest()["Log entries"] == ""
    given = disclosing.Given(
        on=DAY, means="phone", pupils=[pupil.pk], items=["pupil.surname"], others=0, note="I rang."
    )
    entry = disclosing.record_given(request, given, by=officer, at=NOON).entry
    row = newest()
    assert row["Information decided"] == "Phone; surname"
    assert (row["Information shared"], row["Log entries"]) == ("Surname", str(entry))
    request_of()
    assert newest()["Received"] == "2026-11-23 12:00"
    policys_own = Purpose.objects.get(code="careers-guidance")
    request_of(purpose=policys_own)
    assert newest()["Purpose"] == policys_own.label


class TestReminders:
    def keys(self):
        keys = Message.objects.filter(key__startswith="request-due/").values_list("key", flat=True)
        return sorted(key.split("/")[3] for key in keys)

    def test_officers_are_emailed_before_and_after_the_time_ends(self, request_of, officer):
        request = request_of()
        assert steps.remind(at=NOON) == 0
        assert steps.remind(at=NOON + timedelta(days=24)) == 1
        assert steps.remind(at=NOON + timedelta(days=25)) == 0
        assert steps.remind(at=NOON + timedelta(days=31)) == 1
        assert self.keys() == ["over", "soon"]
        decided(request, by=officer, share=False)
        assert steps.remind(at=NOON + timedelta(days=40)) == 0

    def test_of_an_urgent_one_they_are_told_straight_away(self, request_of, officer):
        request_of(urgent=True, urgent_why="A child is missing.")
        assert steps.remind(at=NOON) == 1
        assert steps.remind(at=NOON + timedelta(hours=21)) == 1
        assert steps.remind(at=NOON + timedelta(hours=25)) == 1
        run_jobs()
        assert "request" in mail.outbox[0].subject
        assert all("Barlow" not in message.body for message in mail.outbox)


def test_school_staff_cannot_open_a_request(client, secretary, request_of):
    number = request_of().pk
    client.force_login(secretary)
    for name in ("", "decide/", "people/", "shared/", "letters/refused.pdf"):
        assert client.get(f"/staff/requests/{number}/{name}").status_code == 403


def test_a_request_that_is_not_there_is_not_found(desk):
    assert desk.get("/staff/requests/99/").status_code == 404
    assert desk.get("/staff/requests/99/decide/").status_code == 404
