"""Where somebody is signed in: listed, ended one by one or all; a new browser is told of."""

from datetime import timedelta

import pytest
from django.test import Client

from privacy_portal.signing_in.browsers import in_words
from privacy_portal.signing_in.codes import code_now
from tests.example import NOON
from tests.log_entries import events
from tests.mails import sent

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}) Gecko/20100101 Firefox/{}"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
SESSIONS = "/accounts/sessions/"


@pytest.fixture
def at(person, secret, time_machine):
    """Sign in with a browser, so many minutes after noon."""

    def signed_in(minutes, agent):
        time_machine.move_to(NOON + timedelta(minutes=minutes))
        client = Client(headers={"User-Agent": agent})
        client.post("/accounts/login/", {"login": person.email, "password": "x"})
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
        assert client.get("/staff/").status_code == 200
        return client

    return signed_in


def firefox(version):
    return FIREFOX.format(version, version)


def test_one_of_two_is_ended(at):
    first, second = at(0, firefox(130)), at(1, CHROME)
    page = second.get(SESSIONS).text
    assert "Firefox on Windows" in page
    assert "Chrome on Linux" in page
    assert page.count("This one") == 1
    number = page.split('name="session" value="')[1].split('"')[0]
    assert "1 session ended" in second.post(SESSIONS, {"session": number}, follow=True).text
    assert first.get("/staff/").status_code == 302
    assert second.get("/staff/").status_code == 200
    assert "sessions-ended" in events()


def test_all_others_are_ended_and_those_of_somebody_else_are_not(at, client, second_officer):
    client.force_login(second_officer)
    others = [at(0, firefox(130)), at(1, CHROME)]
    here = at(2, CHROME)
    here.post(SESSIONS, {"session": "all"})
    assert [other.get("/staff/").status_code for other in others] == [302, 302]
    assert here.get("/staff/").status_code == 200
    assert client.get("/staff/").status_code == 200


def test_a_new_browser_is_told_of_and_a_newer_version_is_not(at):
    at(0, firefox(130))
    assert sent() == []
    at(1, firefox(131))
    assert sent() == []
    at(2, CHROME)
    assert "new to us (Chrome on Linux)" in sent()[-1].body
    at(3, CHROME)
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", "an unknown browser"),
        (CHROME, "Chrome on Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/17.0 Safari/605",
            "Safari on a Mac",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537 Edg/131",
            "Microsoft Edge on Windows",
        ),
    ],
)
def test_browsers_are_named_as_people_know_them(agent, words):
    assert in_words(agent) == words
