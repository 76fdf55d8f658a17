"""Nobody is stranded on the way of an online opt-out, and pages say the same as the rules."""

from datetime import date

import pytest
from django.test import Client

from consent.models import OptOutRequest, Pupil, UnconfirmedOptOut
from sharing.models import AgreementVersion
from tests.forms import (
    ABOUT,
    OBJECTION,
    PARENT,
    confirm,
    confirm_link,
    fill_in,
    object_online,
    send_opt_out,
)  # fmt: skip
from tests.mails import run_jobs, sent

pytestmark = pytest.mark.django_db


def test_back_from_a_changed_answer_leads_to_the_check(pupil, client):
    for step, answers in PARENT.items():
        client.post(f"{ABOUT}/{step}/", answers)
    assert f'href="{ABOUT}/check/" class="govuk-back-link"' in client.get(f"{ABOUT}/name/").text
    new = Client()
    new.post(f"{ABOUT}/who/", PARENT["who"])
    assert f'href="{ABOUT}/who/" class="govuk-back-link"' in new.get(f"{ABOUT}/date-of-birth/").text


def test_the_link_opened_again_shows_the_receipt(pupil, client):
    fill_in(client)
    address = confirm_link()
    client.post(address)
    page = Client().get(address, follow=True)
    assert "Opt-out confirmed" in page.text
    assert "Yes, I want to opt out" not in page.text
    assert "You have confirmed your opt-out" in client.get("/opt-out/sent/").text


def test_two_receipts_of_one_family_can_be_told_apart(pupil, client):
    assert "ELLA" in send_opt_out(client).text


def test_the_same_for_another_child_asks_nothing_about_the_parent_again(pupil, client):
    page = send_opt_out(client)
    assert "Do this for another child" in page.text
    token = page.request["PATH_INFO"].split("/")[3]
    on = client.post(f"/opt-out/receipt/{token}/another/")
    assert on.url == f"{ABOUT}/date-of-birth/"
    for step in ("date-of-birth", "name", "school"):
        on = client.post(f"{ABOUT}/{step}/", {**PARENT[step], "forename": "Mia"})
    assert on.url == f"{ABOUT}/check/"
    checked = client.get(on.url).text
    assert "Ben Barlow" in checked
    assert "Mia" in checked
    assert "ELLA" not in checked


def test_for_another_child_who_fills_it_in_is_not_asked_of_parents_alone(pupil, client):
    page = send_opt_out(client, "height-weight")
    token = page.request["PATH_INFO"].split("/")[3]
    on = client.post(f"/opt-out/receipt/{token}/another/")
    assert on.url == "/opt-out/about/height-weight/date-of-birth/"
    assert "who" not in client.session["opt-out-height-weight"]


def test_who_is_asked_only_where_it_can_be_one_of_two(pupil, client):
    about = "/opt-out/about/height-weight"
    assert client.get(f"{about}/who/").url == f"{about}/date-of-birth/"
    assert "This form is for parents and carers" in client.get(f"{about}/date-of-birth/").text
    send_opt_out(client, "height-weight")
    assert OptOutRequest.objects.get().by == "parent"


class TestSchool:
    def school(self, client, **answers):
        return fill_in(client, school={"school": "", "other_school": "", **answers})

    def test_a_choice_and_a_name_together_are_asked_about_and_not_dropped(self, pupil, client):
        page = self.school(client, school="990001", other_school="Another School")
        assert page.status_code == 422
        assert "You selected one from the list and entered a name as well" in page.text
        assert "Another School" in page.text

    def test_a_name_alone_is_taken(self, pupil, client):
        self.school(client, other_school="Another School")
        out = UnconfirmedOptOut.objects.get()
        assert (out.school, out.other_school) == (None, "Another School")

    def test_nothing_is_a_fault(self, pupil, client):
        assert "Select a school or college" in self.school(client).text

    def test_at_no_school_is_not_shown_again_as_the_name_of_one(self, pupil, client):
        for step, answers in PARENT.items():
            client.post(f"{ABOUT}/{step}/", answers)
        client.post(f"{ABOUT}/school/", {"school": "none", "other_school": ""})
        assert "Not at a school or college now" in client.get(f"{ABOUT}/check/").text
        page = client.get(f"{ABOUT}/school/").text
        assert 'value="none" selected' in page
        assert 'value="Not at a school' not in page

    def test_who_is_at_no_school_says_so_and_officers_find_the_pupil(self, pupil, client, officer):
        self.school(client, school="none")
        confirm(client, confirm_link())
        request = OptOutRequest.objects.get()
        assert (request.school, request.other_school) == (None, "Not at a school or college now")
        client.force_login(officer)
        assert "ELLA" in client.get("/staff/opt-outs/").text


class TestExpiredPage:
    WHO = f"{ABOUT}/who/"

    def post(self, path, answers, **headers):
        return Client(enforce_csrf_checks=True).post(path, answers, headers=headers)

    def test_it_leads_back_and_what_was_typed_is_sent_with_one_press(self, policy):
        page = self.post(
            self.WHO,
            {"by": "parent"},
            origin="http://testserver",
            referer=f"http://testserver{self.WHO}",
        )
        assert page.status_code == 403
        assert '<input type="hidden" name="by" value="parent">' in page.text
        assert f'href="{self.WHO}"' in page.text

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_words_of_another_site_are_never_offered_to_be_sent(self, policy, origin):
        page = self.post(
            self.WHO, {"by": "parent"}, origin=origin, referer="https://evil.example/x"
        )
        assert page.status_code == 403
        assert 'value="parent"' not in page.text
        assert "evil.example" not in page.text

    def test_a_password_is_not_shown_again(self, policy):
        page = self.post(
            "/accounts/login/", {"password": "s3cret-words"}, origin="http://testserver"
        )
        assert "s3cret-words" not in page.text


def test_a_code_without_an_email_address_can_be_asked_about_with_the_letter(roll_letter):
    code, page = roll_letter
    assert "first 4 characters of your code" in page.text
    reference = OptOutRequest.objects.get().reference
    ask = lambda start: Client().post(  # noqa: E731
        "/opt-out/status/", {"reference": reference, "email": "", "code": start}
    )
    assert "Your opt-out has started." in ask(code[:4].lower()).text
    assert ask("2222" if code[:4] != "2222" else "3333").status_code == 422
    assert ask("").status_code == 422
    for wrong in ("777", "UUUU"):
        page = ask(wrong)
        assert page.status_code == 422
        assert page.text.count("Enter the first 4 letters and numbers of the code") == 2


@pytest.fixture
def roll_letter(pupil, secretary):
    """A code that was used without an e-mail address, and the page of its receipt."""
    from consent.models import SchoolStaff
    from tests.letters import codes_and_text, decide_by_code

    SchoolStaff.objects.create(user=secretary, school=pupil.school)
    ((code,), _) = codes_and_text([pupil], secretary)
    return code, decide_by_code(Client(), code, email="")


def test_what_has_started_is_not_said_to_start(pupil, secretary):
    """The email about an opt-out with a code, which starts straight away."""
    from consent.models import SchoolStaff
    from tests import mails
    from tests.letters import codes_and_text, decide_by_code

    SchoolStaff.objects.create(user=secretary, school=pupil.school)
    ((code,), _) = codes_and_text([pupil], secretary)
    decide_by_code(Client(), code, email="ben@example.org")
    (receipt,) = (mail for mail in mails.sent() if mail.to == ["ben@example.org"])
    words = " ".join(receipt.body.split())
    assert "Your opt-out has started." in words
    assert "We now share only these details with" in words
    assert "nce it has started" not in words


class TestWithoutTheWay:
    """Pages that belong to a form lead to the start for whoever comes to them without one."""

    @pytest.mark.parametrize("page", ["sent", "sent/again"])
    def test_whoever_sent_nothing_starts_at_the_beginning(self, policy, client, page):
        assert client.get(f"/opt-out/{page}/").url == "/opt-out/"

    def test_a_receipt_that_has_expired_starts_no_form_for_another_child(self, policy, client):
        assert client.post("/opt-out/receipt/no-such-token/another/").url == "/opt-out/"

    def test_the_pupil_has_no_other_child(self, pupil, client):
        Pupil.objects.update(born=date(2009, 5, 5))
        born = {"born_0": "5", "born_1": "5", "born_2": "2009"}
        page = send_opt_out(client, who={"by": "pupil"}, date_of_birth=born)
        token = page.request["PATH_INFO"].split("/")[3]
        assert client.post(f"/opt-out/receipt/{token}/another/").url == "/opt-out/"

    def test_what_can_no_longer_be_objected_to_is_not_asked_about(self, pupil, client):
        page = object_online(client)
        token = page.request["PATH_INFO"].split("/")[3]
        again = f"/opt-out/receipt/{token}/another/"
        assert client.post(again).url.startswith(OBJECTION)
        AgreementVersion.objects.filter(recipient__code="fft").update(
            terminated_on=date(2026, 11, 1)
        )
        assert client.post(again).url == "/opt-out/"

    def test_a_confirmed_form_is_not_sent_again(self, pupil, client):
        fill_in(client)
        client.post(confirm_link())
        run_jobs()
        before = [mail.to for mail in sent()]
        page = client.post("/opt-out/sent/again/", {"email": "other@example.org"})
        assert page.status_code == 200
        assert [mail.to for mail in sent()] == before
