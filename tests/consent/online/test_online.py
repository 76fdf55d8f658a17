"""The online opt-out: kept as received, matched if exactly one pupil fits, one answer for all."""

import io
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pypdf import PdfReader

from consent.models import Decision, FormerName, OptOutRequest, Scheme, UnconfirmedOptOut
from consent.online import requesting
from consent.rules import DecidedBy
from privacy_portal.ground.log.models import Entry
from tests import mails
from tests.commands import run
from tests.example import NOON
from tests.factories.consent import scheme_of
from tests.forms import ABOUT, PARENT, confirm, confirm_link, fill_in, send_opt_out
from tests.rolls import ROLL_HEADINGS, pupil_row

pytestmark = pytest.mark.django_db


def everyones(page):
    """A page without the form's secret and the first name that is repeated to who typed it."""
    page = re.sub(r'csrfmiddlewaretoken" value="\w+', "", page)
    return re.sub(r"(first name you gave</dt>\s*<dd[^>]*>)[^<]*", r"\1", page)


class TestConfirming:
    def test_it_counts_for_nothing_before_the_button_of_the_link_is_pressed(self, pupil, client):
        page = fill_in(client).text
        assert "has not started yet" in page
        (message,) = mails.sent()
        assert message.to == ["ben@example.org"]
        assert "ELLA" not in message.body
        assert "Barlow" not in message.body
        reference = UnconfirmedOptOut.objects.get().reference
        assert reference in page
        for method in (client.get, client.head):
            assert method(confirm_link()).status_code == 200
        assert not OptOutRequest.objects.exists()
        assert not Decision.objects.exists()
        assert reference in confirm(client, confirm_link()).text
        assert OptOutRequest.objects.get().reference == reference
        assert not UnconfirmedOptOut.objects.exists()

    def test_it_counts_from_when_it_was_sent(self, pupil, client, time_machine):
        fill_in(client)
        address = confirm_link()
        time_machine.move_to(NOON + timedelta(days=6))
        confirm(client, address)
        decision = Decision.objects.get()
        assert decision.received_at < NOON + timedelta(minutes=5)
        assert decision.recorded_at >= NOON + timedelta(days=6)
        assert OptOutRequest.objects.get().confirmed_at <= decision.recorded_at

    def test_a_link_is_stored_as_a_hash_and_good_for_seven_days(self, pupil, client, time_machine):
        fill_in(client)
        address = confirm_link()
        token = address.split("/")[3]
        assert len(token) == 43
        assert token not in str(list(UnconfirmedOptOut.objects.values()))
        time_machine.move_to(NOON + timedelta(days=7, minutes=5))
        for method in (client.get, client.post):
            page = method(address)
            assert page.status_code == 410
            assert "This link no longer works" in page.text
        assert not OptOutRequest.objects.exists()
        requesting.forget_unconfirmed(at=NOON + timedelta(days=13))
        assert UnconfirmedOptOut.objects.exists()
        requesting.forget_unconfirmed(at=NOON + timedelta(days=15))
        assert not UnconfirmedOptOut.objects.exists()

    def test_pressing_the_button_again_changes_nothing(self, pupil, client):
        fill_in(client)
        address = confirm_link()
        pages = [confirm(client, address) for _ in range(2)]
        assert everyones(pages[0].text) == everyones(pages[1].text)
        assert Decision.objects.count() == OptOutRequest.objects.count() == 1
        assert len(mails.sent()) == 2

    def test_the_same_form_sent_twice_is_one_opt_out(self, pupil):
        """Also once it is confirmed: the browser went back and sent it again."""
        submission = uuid4()
        answers = requesting.OnlineAnswers(
            by=DecidedBy.PARENT, surname="Barlow", forename="Ella", born=pupil.born,
            school=pupil.school, other_school="", person_name="Ben Barlow", relation="Father",
            email="ben@example.org", phone="",
        )  # fmt: skip
        matter = scheme_of().matter

        def send_it():
            return requesting.receive(matter, answers, submission=submission, at=NOON)

        reference = send_it()
        assert send_it() == reference
        assert UnconfirmedOptOut.objects.count() == len(mails.sent()) == 1
        requesting.confirm(confirm_link().split("/")[3], at=NOON)
        assert send_it() == reference
        assert not UnconfirmedOptOut.objects.exists()
        assert OptOutRequest.objects.count() == 1

    def test_whoever_is_too_young_by_the_last_press_is_told_and_nothing_is_kept(
        self, pupil, client
    ):
        """The age from which pupils decide may rise while somebody fills the form in."""
        who = {"who": {"by": "pupil"}, "date_of_birth": {"born_2": "2010"}}
        for step, answers in PARENT.items():
            changes = who.get(step.replace("-", "_"), {})
            page = client.post(f"{ABOUT}/{step}/", {**answers, **changes})
            assert page.status_code == 302, page.text
        Scheme.objects.filter(code="connexions").update(self_age=18)
        page = client.post(page.url, follow=True)
        assert "Ask a parent or carer" in page.text
        assert "Barlow" not in page.text
        assert not UnconfirmedOptOut.objects.exists()
        assert mails.sent() == []
        assert "/check/" not in client.get(f"{ABOUT}/check/").headers.get("Location", "")

    def test_who_forgets_the_button_is_reminded_once_and_in_time(self, pupil, client):
        fill_in(client)
        assert requesting.remind(at=NOON + timedelta(days=4)) == 0
        assert requesting.remind(at=NOON + timedelta(days=6)) == 1
        assert requesting.remind(at=NOON + timedelta(days=6)) == 0
        assert "has not started yet" in mails.sent()[-1].subject
        assert requesting.remind(at=NOON + timedelta(days=8)) == 0

    def test_a_made_up_link_is_told_kindly(self, policy, client):
        for address in ("/opt-out/confirm/nonsense/", "/opt-out/receipt/nonsense/"):
            assert client.get(address).status_code == 410
        assert client.get("/opt-out/receipt/nonsense.json").status_code == 410
        assert client.get("/opt-out/receipt/nonsense.pdf").status_code == 410


class TestReceipt:
    def test_it_says_what_was_decided_what_could_be_read_and_what_still_shared(self, pupil, client):
        page = send_opt_out(client).text
        for words in (
            OptOutRequest.objects.get().reference,
            "Opt out: share only basic details with Connexions",
            "How we use information about pupils, version 3",
            "postcode",
            "Ask the school for a letter with a code or a paper form",
        ):
            assert words in page
        assert "ELLA" in page, "as the person typed it"
        assert "bar-low" not in page
        body = mails.sent()[-1].body
        assert "version 3" in body
        assert "ELLA" not in body
        assert client.get(mails.link_in(mails.sent()[-1], "/opt-out/receipt/")).status_code == 200

    def test_nothing_says_that_it_has_started_before_the_pupil_is_found(self, pupil, client):
        """The name is misspelt, and nobody outside may know (C7): each place says the same."""
        fill_in(client, name={"forename": "ELLA", "surname": "Nobodyatall"})
        asked = mails.sent()[-1].body
        sent = client.get("/opt-out/sent/").text
        page = confirm(client, confirm_link()).text
        assert not Decision.objects.exists()
        at = confirm_link("/opt-out/receipt/").rstrip("/")
        pdf = PdfReader(io.BytesIO(client.get(f"{at}.pdf").content)).pages[0].extract_text()
        reference = OptOutRequest.objects.get().reference
        status = client.post(
            "/opt-out/status/", {"reference": reference, "email": "ben@example.org"}
        ).text
        start = client.get("/opt-out/").text
        said = [sent, page, pdf, status, start, asked, mails.sent()[-1].body]
        for text in [*said, client.get(f"{at}.json").json()["dct:description"]]:
            words = " ".join(text.split())
            assert "starts as soon as we have found" in words
            assert "has started." not in words

    def test_it_comes_as_pdf_and_as_json(self, pupil, client):
        send_opt_out(client)
        at = confirm_link("/opt-out/receipt/").rstrip("/")
        pdf = client.get(f"{at}.pdf")
        assert pdf["Content-Type"] == "application/pdf"
        made = PdfReader(io.BytesIO(pdf.content))
        assert b"pdfuaid" in made.trailer["/Root"]["/Metadata"].get_data()
        assert OptOutRequest.objects.get().reference in made.pages[0].extract_text()
        found = client.get(f"{at}.json").json()
        request = OptOutRequest.objects.get()
        assert found["@type"] == "dpv:RightExerciseRecord"
        assert found["dct:identifier"] == request.reference
        assert found["dpv:hasNotice"]["@id"].endswith("/notices/pupils/versions/3/")
        _, still = found["dpv:hasProcess"]
        assert len(still["dpv:hasPersonalData"]) == 7
        assert "ELLA" not in str(found)

    def test_a_scheme_without_basic_items_says_that_nothing_goes(self, pupil, client):
        assert "Nothing, for this purpose" in send_opt_out(client, "height-weight").text
        found = client.get(f"{confirm_link('/opt-out/receipt/').rstrip('/')}.json").json()
        assert len(found["dpv:hasProcess"]) == 1


class TestPaperForm:
    @pytest.mark.parametrize("scheme", ["connexions", "height-weight"])
    def test_it_is_a_tagged_pdf_with_the_schools_name_if_asked(self, pupil, client, scheme):
        assert f"/opt-out/form/{scheme}.pdf" in client.get("/opt-out/").text
        for query, named in (("", False), ("?school=990001", True), ("?school=x", False)):
            response = client.get(f"/opt-out/form/{scheme}.pdf{query}")
            made = PdfReader(io.BytesIO(response.content))
            assert b"pdfuaid" in made.trailer["/Root"]["/Metadata"].get_data()
            assert len(made.pages) == 1
            text = made.pages[0].extract_text()
            assert ("Example High School" in text) is named
            assert ("I am the pupil and I am" in text) is (scheme == "connexions")
            assert "Signature" in text

    def test_an_unknown_scheme_has_none(self, policy, client):
        assert client.get("/opt-out/form/nonsense.pdf").status_code == 404


class TestStatus:
    def ask(self, client, reference, email="BEN@example.org"):
        return client.post("/opt-out/status/", {"reference": reference, "email": email})

    def test_it_says_how_far_it_is_without_naming_anyone(self, pupil, client, time_machine):
        fill_in(client)
        reference = UnconfirmedOptOut.objects.get().reference
        assert "has not started yet" in self.ask(client, reference.lower()).text
        confirm(client, confirm_link())
        page = self.ask(client, reference.replace("-", " ")).text
        assert "It starts as soon as we have found the pupil in our records." in page
        assert "ELLA" not in page

    def test_it_is_the_same_whether_or_not_a_pupil_was_found(self, pupil):
        said = set()
        for name in ("ELLA", "Nobody"):
            client = Client()
            send_opt_out(client, name={"forename": name, "surname": "Barlow"})
            request = OptOutRequest.objects.latest("pk")
            page = self.ask(client, request.reference).text
            said.add(re.sub(r"csrfmiddlewaretoken.*", "", page).replace(request.reference, "R"))
        assert len(said) == 1

    def test_an_expired_one_is_told_to_be_sent_again(self, pupil, client, time_machine):
        fill_in(client)
        time_machine.move_to(NOON + timedelta(days=8))
        page = self.ask(client, UnconfirmedOptOut.objects.get().reference).text
        assert "Send the email again" in page
        page = client.post("/opt-out/sent/again/", {"email": "ben@example.org"}, follow=True)
        assert "emailing the link again" in page.text
        client.post(confirm_link(), follow=True)
        assert OptOutRequest.objects.get().received_at < NOON + timedelta(minutes=5)

    @pytest.mark.parametrize("reference", ["", "1", "AAA-AAA-AAAA"])
    def test_a_wrong_reference_or_address_is_told_the_same(self, pupil, client, reference):
        send_opt_out(client)
        mine = OptOutRequest.objects.get().reference
        page = self.ask(client, reference or mine, "ben@example.org" if reference else "x@y.org")
        assert page.status_code == 422
        assert "We cannot find a form with that reference number" in page.text

    def test_wrong_guesses_about_one_are_limited_and_right_ones_are_no_guesses(self, pupil, client):
        send_opt_out(client)
        mine = OptOutRequest.objects.get().reference
        for _ in range(25):
            assert self.ask(client, mine).status_code == 200
        for _ in range(20):
            assert self.ask(client, "AAA-AAA-AAAA").status_code == 422
        page = self.ask(client, "AAA-AAA-AAAA")
        assert page.status_code == 429
        assert "Please try again later" in page.text
        assert self.ask(client, mine).status_code == 200

    def test_wrong_guesses_from_one_place_are_limited(self, pupil, client, settings):
        settings.WRONG_GUESSES_AN_HOUR = 3
        for number in range(3):
            assert self.ask(client, f"AAA-AAA-AAA{number}").status_code == 422
        assert self.ask(client, "AAA-AAA-AAA9").status_code == 429


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
    pages = [[everyones(re.sub(r"confirm/\S+", "", text)) for text in each] for each in pages]
    assert pages[0] == pages[1]
    assert OptOutRequest.objects.count() == 2
    assert Decision.objects.count() == 1


def test_of_two_who_fit_neither_is_chosen(policy, write, client):
    body = pupil_row() + pupil_row(UPN="B801200005001")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{body}"))
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


def test_a_pupil_of_16_decides(policy, write, client):
    body = pupil_row(DOB="2010-01-01")
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{body}"))
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
        ("name", {"forename": "", "surname": ""}, "Enter the pupil’s first name"),
        (
            "school",
            {"school": "other", "other_school": ""},
            "Enter the name of the school or college",
        ),
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


def test_a_parent_whose_child_decides_alone_is_left_to_a_person(policy, write, client):
    run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{pupil_row(DOB='2010-01-01')}"))
    born = {"born_0": "1", "born_1": "1", "born_2": "2010"}
    send_opt_out(client, who={"by": "pupil"}, date_of_birth=born)
    page = send_opt_out(Client(), date_of_birth=born)
    assert "Opt-out confirmed" in page.text
    assert Decision.objects.get().by == "pupil"
    assert OptOutRequest.objects.waiting().count() == 1
