"""Who is signed in, by the cookies alone."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from privacy_portal.ground.accounts.sessions import signed_in
from tests.factories.ground import OfficerFactory

pytestmark = pytest.mark.django_db


def cookies(client):
    name = settings.SESSION_COOKIE_NAME
    return f"a=b; {name}={client.cookies[name].value}"


def test_only_who_is_signed_in_is(time_machine, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(
        "privacy_portal.ground.accounts.sessions.close_old_connections", lambda: None
    )
    client = Client()
    client.force_login(OfficerFactory())
    mine = cookies(client)
    with django_assert_num_queries(1):
        assert signed_in(mine)
    with django_assert_num_queries(0):
        assert not signed_in("")
        assert not signed_in("a=b")
    assert not signed_in(f"{settings.SESSION_COOKIE_NAME}=made-up")
    time_machine.shift(timedelta(seconds=settings.SESSION_COOKIE_AGE))
    assert not signed_in(mine)


def test_a_session_alone_is_no_sign_in(monkeypatch):
    monkeypatch.setattr(
        "privacy_portal.ground.accounts.sessions.close_old_connections", lambda: None
    )
    client = Client()
    session = client.session
    session["anything"] = 1
    session.save()
    assert not signed_in(cookies(client))
