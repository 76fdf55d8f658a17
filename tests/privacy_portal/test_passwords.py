"""A forgotten password is replaced by a link; a known one is changed while signed in."""

import json
import re

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log.models import Entry
from privacy_portal.passwords.strength import GuessingValidator
from tests import mails

ASK, CHANGE, SIGN_IN = (
    "/accounts/password/reset/",
    "/accounts/password/change/",
    "/accounts/login/",
)
GOOD = "otter planet brick"
OTHER = "lamp river toast"


@pytest.fixture(autouse=True)
def in_force(policy):
    """The council has a name."""


def ask(client, email):
    return client.post(ASK, {"email": email}, follow=True)


def link_for(client, user):
    ask(client, user.email)
    return mails.link_in(mails.sent()[-1], "/password/reset/key/")


def set_by(client, link, password):
    page = client.get(link, follow=True)
    assert "Choose a new password" in page.text
    path = page.redirect_chain[-1][0]
    return client.post(path, {"password1": password, "password2": password}, follow=True)


def signs_in(client, email, password):
    client.logout()
    client.post(SIGN_IN, {"login": email, "password": password})
    return "_auth_user_id" in client.session


def events():
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
    return [body for body in bodies if body["event"] == "password-changed"]


class TestForgotten:
    def test_the_mails_link_sets_a_password_that_signs_in_and_the_old_one_no_longer_does(
        self, client, officer
    ):
        assert signs_in(client, officer.email, "x")
        client.logout()
        done = set_by(client, link_for(client, officer), GOOD)
        assert "Your password has been changed" in done.text
        assert not signs_in(client, officer.email, "x")
        assert signs_in(client, officer.email, GOOD)

    def test_the_mail_says_whose_it_is_how_long_the_link_works_and_what_if_it_was_not_you(
        self, client, officer
    ):
        link_for(client, officer)
        message = mails.sent()[-1]
        assert message.subject == "Reset your password"
        assert message.to == [officer.email]
        assert "Wigan Council" in message.body
        assert "The link works once, for 4 hours." in message.body
        assert "If this was not you, ignore this email." in message.body
        assert settings.PORTAL_ADDRESS in message.body

    def test_the_link_leads_to_the_portals_own_address_whatever_host_was_named(
        self, client, officer
    ):
        client.post(ASK, {"email": officer.email}, headers={"Host": "localhost"})
        (message,) = mails.sent()
        assert f"{settings.PORTAL_ADDRESS}/accounts/password/reset/key/" in message.body
        assert "://localhost" not in message.body

    def test_a_known_and_an_unknown_address_get_the_same_answer_and_the_same_queries(
        self, client, officer
    ):
        pages = []
        for email in (officer.email, "nobody@example.org"):
            client.get(ASK)
            with CaptureQueriesContext(connection) as queries:
                answer = client.post(ASK, {"email": email})
            assert answer.status_code == 302
            # Limits and the job; which row it is may differ, what is asked may not.
            asked = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]
            pages.append((answer.url, answer.content, client.get(answer.url).text, asked))
            cache.clear()
        assert pages[0] == pages[1]
        assert [message.to for message in mails.sent()] == [[officer.email]]

    def test_an_address_typed_in_capitals_is_the_same_person(self, client, officer):
        ask(client, officer.email.upper())
        (message,) = mails.sent()
        assert message.to == [officer.email]

    def test_a_link_works_once(self, client, officer):
        link = link_for(client, officer)
        set_by(client, link, GOOD)
        again = client.get(link, follow=True)
        assert "This link no longer works" in again.text
        assert "get a new link" in again.text
        assert signs_in(client, officer.email, GOOD)

    def test_a_page_left_open_cannot_use_the_link_a_second_time(self, client, officer):
        link = link_for(client, officer)
        other = type(client)()
        path = client.get(link, follow=True).redirect_chain[-1][0]
        set_by(other, link, GOOD)
        late = client.post(path, {"password1": OTHER, "password2": OTHER})
        assert "This link no longer works" in late.text
        assert signs_in(client, officer.email, GOOD)

    def test_a_link_that_is_too_old_says_what_to_do(self, client, officer, time_machine):
        from datetime import timedelta

        from privacy_portal.ground import days

        link = link_for(client, officer)
        time_machine.move_to(days.now() + timedelta(hours=4, minutes=1))
        page = client.get(link, follow=True)
        assert "This link no longer works" in page.text
        assert "get a new link" in page.text

    @pytest.mark.parametrize("key", ["x-y", "1-2-3", "zzzz-abc-def", "1-set-password"])
    def test_a_made_up_link_is_no_fault_of_the_server(self, client, officer, key):
        page = client.get(f"/accounts/password/reset/key/{key}/", follow=True)
        assert page.status_code == 200
        assert "This link no longer works" in page.text

    def test_other_sessions_end(self, client, officer):
        elsewhere = type(client)()
        assert signs_in(elsewhere, officer.email, "x")
        set_by(client, link_for(client, officer), GOOD)
        assert elsewhere.get("/staff/").status_code == 302

    def test_a_closed_account_is_told_that_it_is_closed_and_gets_no_link(self, client, officer):
        User.objects.filter(pk=officer.pk).update(is_active=False)
        ask(client, officer.email)
        (message,) = mails.sent()
        assert message.subject == "Your account is closed"
        assert "/password/reset/key/" not in message.body

    def test_a_link_from_before_the_account_was_closed_sets_no_password(self, client, officer):
        link = link_for(client, officer)
        User.objects.filter(pk=officer.pk).update(is_active=False)
        assert "This link no longer works" in client.get(link, follow=True).text

    def test_more_than_a_few_requests_are_answered_alike_and_send_no_more_mails(
        self, client, officer
    ):
        for _ in range(8):
            cache.clear()  # the library's own limit a minute
            assert ask(client, officer.email).status_code == 200
        assert len(mails.sent()) == 5

    def test_it_is_logged_and_the_person_is_told(self, client, officer):
        set_by(client, link_for(client, officer), GOOD)
        (entry,) = events()
        assert (entry["by"], entry["how"]) == (str(officer.reference), "link")
        assert mails.sent()[-1].subject == "Your password has been changed"


class TestChanged:
    def change(self, client, present, new, again=None):
        given = {"oldpassword": present, "password1": new, "password2": again or new}
        return client.post(CHANGE, given, follow=True)

    @pytest.fixture(autouse=True)
    def signed_in(self, client, officer):
        assert signs_in(client, officer.email, "x")

    def test_it_is_reached_from_every_staff_page_by_the_account(self, client):
        assert 'href="/accounts/2fa/"' in client.get("/staff/").text
        assert f'href="{CHANGE}"' in client.get("/accounts/2fa/").text

    def test_a_new_one_signs_in_and_the_old_one_no_longer_does(self, client, officer):
        page = self.change(client, "x", GOOD)
        assert "Your password has been changed" in page.text
        assert client.get("/staff/").status_code == 200
        assert not signs_in(client, officer.email, "x")
        assert signs_in(client, officer.email, GOOD)

    def test_sessions_elsewhere_end_and_this_one_goes_on(self, client, officer):
        elsewhere = type(client)()
        assert signs_in(elsewhere, officer.email, "x")
        self.change(client, "x", GOOD)
        assert elsewhere.get("/staff/").status_code == 302
        assert client.get("/staff/").status_code == 200

    def test_the_present_one_must_be_right(self, client, officer):
        assert "Current password is wrong" in self.change(client, "y", GOOD).text
        assert events() == []

    def test_both_must_be_the_same(self, client):
        page = self.change(client, "x", GOOD, OTHER)
        assert "The two new passwords are not the same" in page.text

    def test_it_is_logged_and_the_person_is_told(self, client, officer):
        self.change(client, "x", GOOD)
        (entry,) = events()
        assert (entry["by"], entry["how"]) == (str(officer.reference), "signed-in")
        (message,) = mails.sent()
        assert message.subject == "Your password has been changed"
        assert message.to == [officer.email]


@pytest.mark.parametrize(
    "weak",
    [
        "123456789012",
        " " * 14,
        "abcabcabcabc",
        "qwertyuiop[]",
        "portalportalportal",
        "Password123!",
        "officer@example.org",
        "Wigan Council",
        "aaaaaaaaaaaaaaaaaaaa",
    ],
)
def test_a_weak_password_is_refused_with_a_sentence_of_our_own(client, officer, weak):
    page = set_by(client, link_for(client, officer), weak)
    assert "Password is too easy to guess. Use 3 or more words" in page.text
    assert not signs_in(client, officer.email, weak)


@pytest.mark.parametrize("stolen", ["manofthehouse", "ManOfTheHouse", "ineedsomesleep"])
def test_one_that_was_stolen_elsewhere_is_refused_though_no_program_guesses_it(
    client, officer, stolen
):
    page = set_by(client, link_for(client, officer), stolen)
    assert "Password is in a list of passwords that were stolen elsewhere." in page.text
    assert not signs_in(client, officer.email, stolen)
    assert signs_in(client, officer.email, "x")


@pytest.mark.parametrize("own", ["wigancouncil2026", "Wigan-Council!2026", "Officer.Example.1"])
def test_names_and_a_year_are_refused(client, officer, own):
    page = set_by(client, link_for(client, officer), own)
    assert "Password is" in page.text
    assert not signs_in(client, officer.email, own)


@pytest.mark.parametrize("good", ["wigan-otter-planet", "84920384756291034"])
def test_a_name_among_other_words_is_no_matter(policy, good):
    GuessingValidator().validate(good)


def test_a_short_one_is_refused(client, officer):
    page = set_by(client, link_for(client, officer), "otterbrick")
    assert "Password must be 12 characters or more." in page.text


def test_very_long_ones_take_no_time():
    GuessingValidator().validate(f"{GOOD} {OTHER} " * 500)


@pytest.mark.django_db
def test_nobody_makes_an_account_of_their_own(client, rf):
    assert not get_adapter().is_open_for_signup(rf.get("/"))
    assert client.get("/accounts/signup/").status_code == 404
