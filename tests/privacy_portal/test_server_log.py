"""The server's log names no secret that an address holds, whatever goes wrong."""

import io
import logging

import pytest
from django.conf import settings as portal
from django.db import IntegrityError
from django.urls import URLResolver, resolve, reverse
from django.utils.log import configure_logging

from privacy_portal import server_log
from privacy_portal.ground.codes import new_token
from privacy_portal.ground.log.models import Head
from tests.addresses import PUBLIC, patterns

# What parameters of public addresses say that anybody may know.
PLAIN = {
    "slug", "number", "first", "second", "language", "recipient", "purpose", "scheme", "step",
    "earlier", "later", "year", "month", "code", "day", "path", "name",
}  # fmt: skip


@pytest.fixture
def log(monkeypatch):
    """What the handlers of the settings write."""
    configure_logging(portal.LOGGING_CONFIG, portal.LOGGING)
    out = io.StringIO()
    (handler,) = logging.getLogger().handlers[-1:]
    monkeypatch.setattr(handler, "stream", out)
    return out


def secret_addresses():
    """Public addresses with a secret, filled with one, and the secrets."""
    for pattern in patterns():
        converters = pattern.pattern.regex.groupindex
        if pattern.name not in PUBLIC or not converters:
            continue
        if set(converters) & server_log.SECRET or pattern.name in server_log.SECRET_ADDRESSES:
            yield pattern.name, {name: new_token() for name in converters}


def address(name, secrets):
    if name == "account_reset_password_from_key":
        return reverse(name, kwargs={"uidb36": "3", "key": secrets["key"]}), [secrets["key"]]
    if name in server_log.SECRET_ADDRESSES:
        from uuid import uuid4

        secret = str(uuid4())
        return reverse(name, args=[secret]), [secret]
    return reverse(name, kwargs=secrets), list(secrets.values())


def test_every_parameter_of_a_public_address_is_known_as_secret_or_plain():
    for pattern in patterns():
        if pattern.name in PUBLIC and pattern.name not in server_log.SECRET_ADDRESSES:
            assert set(pattern.pattern.regex.groupindex) <= server_log.SECRET | PLAIN, pattern.name
    assert {name for name, _ in secret_addresses()} >= {
        "opt-out-confirm", "opt-out-receipt", "subscribe-confirm", "subscribe-end",
        "account_reset_password_from_key",
    }  # fmt: skip


@pytest.mark.django_db
def test_no_secret_of_an_address_is_written_when_it_fails(client, log, monkeypatch):
    def broken(*arguments, **named):
        raise ValueError(f"{named.get('token')} at {arguments[0].get_full_path()}")

    client.raise_request_exception = False
    for name, secrets in secret_addresses():
        path, hidden = address(name, secrets)
        match = resolve(path)
        client.get(path)
        client.post(path)
        client.put(path)
        client.get(f"{path}nothing/")
        with monkeypatch.context() as patched:
            patched.setattr(
                URLResolver, "resolve", lambda self, *_, match=match: fails(match, broken)
            )
            assert client.get(path).status_code == 500
        for secret in hidden:
            assert secret not in log.getvalue(), name
    assert "ValueError" in log.getvalue()
    assert f"/opt-out/confirm/{server_log.HIDDEN}/" in log.getvalue()


def fails(match, view):
    match.func = view
    return match


@pytest.mark.django_db
def test_no_row_that_the_database_refuses_is_written(log):
    try:
        Head.objects.create(pk=2, size=-1, frontier=b"secret row")
    except IntegrityError:
        logging.getLogger("x").exception("failed")
    assert "IntegrityError" in log.getvalue()
    assert "Failing row" not in log.getvalue()


@pytest.mark.django_db
def test_a_page_refused_is_one_line(client, secretary, log):
    client.force_login(secretary)
    assert client.get("/staff/releases/").status_code == 403
    assert log.getvalue().count("\n") == 1
    assert "/staff/releases/" in log.getvalue()
    assert "Traceback" not in log.getvalue()


def test_what_is_no_secret_stays():
    text = "Not Found: /notices/pupils/versions/3/ 0123456789abcdef"
    assert server_log.discreet(text) == text
