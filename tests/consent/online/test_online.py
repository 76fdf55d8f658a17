"""The online opt-out: kept as received, matched if exactly one pupil fits, one answer for all."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from consent.models import Decision, OptOutRequest, Scheme, UnconfirmedOptOut
from consent.online import requesting
from consent.rules import DecidedBy
from tests import mails
from tests.consent.online.pages import without_secrets
from tests.example import NOON
from tests.factories.consent import scheme_of
from tests.forms import ABOUT, PARENT, confirm, confirm_link, fill_in, send_opt_out
from tests.unguarded import policy_unguarded

pytestmark = pytest.mark.django_db


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
        assert without_secrets(pages[0].text) == without_secrets(pages[1].text)
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
        with policy_unguarded():
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
        document = client.get(f"{at}.json").json()
        request = OptOutRequest.objects.get()
        assert document["@type"] == "dpv:RightExerciseRecord"
        assert document["dct:identifier"] == request.reference
        assert document["dpv:hasNotice"]["@id"].endswith("/notices/pupils/versions/3/")
        _, still = document["dpv:hasProcess"]
        assert len(still["dpv:hasPersonalData"]) == 7
        assert "ELLA" not in str(document)

    def test_a_scheme_without_basic_items_says_that_nothing_goes(self, pupil, client):
        assert "Nothing, for this purpose" in send_opt_out(client, "height-weight").text
        document = client.get(f"{confirm_link('/opt-out/receipt/').rstrip('/')}.json").json()
        assert len(document["dpv:hasProcess"]) == 1


class TestPaperForm:
    @pytest.mark.parametrize("scheme", ["connexions", "height-weight"])
    def test_it_is_a_tagged_pdf_with_the_schools_name_if_asked(self, pupil, client, scheme):
        assert f"/opt-out/form/{scheme}.pdf" in client.get("/opt-out/").text
        for query, named in (("", False), ("?school=990001", True), ("?school=x", False)):
            response = client.get(f"/opt-out/form/{scheme}.pdf{query}")
            pdf = PdfReader(io.BytesIO(response.content))
            assert b"pdfuaid" in pdf.trailer["/Root"]["/Metadata"].get_data()
            assert len(pdf.pages) == 1
            text = pdf.pages[0].extract_text()
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


TO_24 = ", or to 24 if they have special educational needs"


@pytest.mark.parametrize(
    ("min_age", "below_age", "ages"),
    [
        (13, 20, f" about pupils aged 13 to 19{TO_24}."),
        (13, 25, " about pupils aged 13 to 24."),
        (13, None, " about pupils aged 13 or over."),
        (None, 11, f" about pupils under 11{TO_24}."),
        (None, None, "."),
    ],
)
def test_the_start_page_says_about_pupils_of_what_age_an_opt_out_is(
    policy, client, min_age, below_age, ages
):
    with policy_unguarded():
        Scheme.objects.filter(code="connexions").update(min_age=min_age, below_age=below_age)
    section = client.get("/opt-out/").text.split('id="scheme-connexions"')[1]
    sentence = section.split("</p>")[0]
    assert "This is about what we share with Connexions" in sentence
    assert sentence.endswith(f"(careers and youth support){ages}")
