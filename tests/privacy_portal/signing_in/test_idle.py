"""Sessions that nobody uses end, with a warning; what was typed waits for the same person."""

from datetime import timedelta

import pytest
from django.test import Client

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.accounts.roles import Role
from privacy_portal.signing_in.idle import USED_AT
from tests.example import NOON
from tests.factories.ground import UserFactory

ADD = "/staff/people/add/"
FIELDS = {"name": "Nia New", "email": "nia@example.org", "roles": ["notice-editor"]}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def administrator(policy, client):
    user = UserFactory(email="admin@example.org", roles=[Role.ADMINISTRATOR])
    client.force_login(user)
    session = client.session
    del session[USED_AT]
    session.save()
    client.get("/staff/")
    return user


def test_who_does_something_now_and_then_stays(client, administrator, time_machine):
    for minutes in range(25, 160, 25):
        time_machine.move_to(NOON + minutes * MINUTE)
        assert client.get("/staff/").status_code == 200


def test_after_half_an_hour_of_nothing_they_sign_in_again(client, administrator, time_machine):
    time_machine.move_to(NOON + 31 * MINUTE)
    page = client.get("/staff/people/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/login/?next=%2Fstaff%2Fpeople%2F"
    assert "did nothing for 30 minutes" in page.text
    assert client.get("/staff/").status_code == 302


def test_a_form_that_comes_too_late_waits_for_who_sent_it(client, administrator, time_machine):
    time_machine.move_to(NOON + 31 * MINUTE)
    page = client.post(ADD, FIELDS, follow=True)
    assert "We have kept what you typed" in page.text
    assert not User.objects.filter(email="nia@example.org").exists()
    client.post("/accounts/login/", {"login": administrator.email, "password": "x"})
    page = client.get("/accounts/kept/").text
    assert 'value="Nia New"' in page
    assert f'action="{ADD}"' in page
    client.post(ADD, FIELDS)
    assert User.objects.filter(email="nia@example.org").exists()
    assert client.get("/accounts/kept/").status_code == 302


def test_signing_in_leads_to_what_is_kept(client, administrator, time_machine):
    time_machine.move_to(NOON + 31 * MINUTE)
    client.post(ADD, FIELDS)
    page = client.post("/accounts/login/", {"login": administrator.email, "password": "x"})
    assert page.url == "/accounts/kept/"
    assert "Deleted" in client.post("/accounts/kept/", follow=True).text
    assert client.get("/accounts/kept/").status_code == 302


def test_somebody_else_at_the_same_browser_does_not_see_it(client, administrator, time_machine):
    time_machine.move_to(NOON + 31 * MINUTE)
    client.post(ADD, FIELDS)
    UserFactory(email="other@example.org", roles=[Role.ADMINISTRATOR])
    client.post("/accounts/login/", {"login": "other@example.org", "password": "x"})
    assert client.get("/accounts/kept/").status_code == 302


@pytest.fixture
def session_gone(client, administrator):
    """The administrator signed in with their password, and the session is over."""
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": administrator.email, "password": "x"})
    client.session.flush()


def test_a_form_of_a_session_that_is_gone_waits_too(client, administrator, session_gone):
    client.post(ADD, FIELDS)
    client.post("/accounts/login/", {"login": administrator.email, "password": "x"})
    assert 'value="nia@example.org"' in client.get("/accounts/kept/").text


def test_a_form_with_a_password_is_never_kept(client, administrator, session_gone):
    fields = {"oldpassword": "x", "password1": "otter planet", "password2": "otter planet"}
    client.post("/accounts/password/change/", fields)
    assert "kept_form" not in client.session


def test_of_a_stranger_nothing_is_kept_nor_what_is_longer_than_anybody_types(
    client, policy, session_gone
):
    client.post(ADD, {"name": "x" * 200_000})
    assert "kept_form" not in client.session
    stranger = Client()
    stranger.post(ADD, FIELDS)
    assert "kept_form" not in stranger.session
    stranger.cookies["last-user"] = "1:forged"
    stranger.post(ADD, FIELDS)
    assert "kept_form" not in stranger.session


def test_a_page_without_a_form_warns_in_time_and_one_with_a_form_stays(
    client, administrator, time_machine
):
    page = client.get("/staff/people/roles/")
    assert page["Refresh"] == "1680;url=/accounts/idle/?next=%2Fstaff%2Fpeople%2Froles%2F"
    assert not client.get(ADD).has_header("Refresh")
    time_machine.move_to(NOON + 28 * MINUTE)
    warning = client.get("/accounts/idle/?next=/staff/people/roles/")
    assert "We will sign you out in 2 minutes" in warning.text
    assert 'href="/staff/people/roles/"' in warning.text
    assert warning["Refresh"].startswith("12")
    # The warning itself does not count as using the service.
    time_machine.move_to(NOON + 31 * MINUTE)
    assert client.get("/staff/people/roles/").status_code == 302


def test_the_warning_leads_nowhere_else(client, administrator):
    page = client.get("/accounts/idle/?next=https://elsewhere.example.org/").text
    assert "elsewhere" not in page
