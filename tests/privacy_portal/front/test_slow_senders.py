"""However many send slowly, pages and forms are answered; what takes too long or is too large is not.

A real server on a database with real commits.
"""

import json
import re
import socket
from contextlib import ExitStack
from time import sleep

import pytest
from django.conf import settings as portal_settings
from django.test import Client

from tests.factories.ground import OfficerFactory
from tests.servers import Person, Portal

KIB = 1024
MIB = 1024 * KIB
CSRF = "a" * 32
FILE = b'Content-Disposition: form-data; name="file"; filename="roll.csv"\r\n\r\n'
TOKEN = (
    b'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n%s\r\n--x\r\n'
    % (CSRF.encode())
)
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def cookie(committed, settings):
    """That of an officer, also for a server whose clock shows another year."""
    settings.SESSION_COOKIE_AGE = 50 * 365 * 24 * 60 * 60
    client = Client()
    client.force_login(OfficerFactory(email="officer@example.org"))
    name = portal_settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@pytest.fixture
def serve(committed, tmp_path):
    """Starts the portal with these settings."""
    started = []

    def serve(**more):
        key = portal_settings.SECRET_KEY
        portal = Portal(committed, tmp_path / "data", threads=4, SECRET_KEY=key, **more)
        started.append(portal)
        portal.start()
        return portal

    yield serve
    for portal in started:
        portal.kill()


def begins(portal, body=b"", *, path="/subscribe/", kind=FORM, length=None, cookie="", more=""):
    """Begins to send; gives the connection."""
    size = "" if length is None else f"Content-Length: {length}\r\n"
    cookies = "; ".join(filter(None, [f"csrftoken={CSRF}", cookie]))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{portal.port}\r\nContent-Type: {kind}\r\n"
        f"Cookie: {cookies}\r\n{size}{more}\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", portal.port), timeout=120)
    connection.sendall(head.encode() + body)
    return connection


def answer(connection):
    """The status and the text of what comes until the connection is closed."""
    with connection:
        text = b""
        while piece := connection.recv(MIB):
            text += piece
    return int(text.split(b" ", 2)[1]), text.decode()


def left_over(portal):
    return [path for path in (portal.folder / "private").rglob("uploads/*") if path.is_file()]


def test_pages_and_forms_are_answered_beside_sixty_slow_senders(serve, cookie):
    portal = serve()
    with ExitStack() as stack:
        slow = [
            stack.enter_context(
                begins(
                    portal,
                    b"--x\r\n" + FILE if number % 2 else b"a=",
                    path="/staff/roll/" if number % 4 > 1 else "/subscribe/",
                    kind=MULTIPART if number % 2 else FORM,
                    length=100_000 if number % 2 else 200,
                    cookie=cookie if number % 4 > 1 else "",
                )
            )
            for number in range(60)
        ]
        person = Person(portal)
        for number in range(20):
            slow[number].sendall(b"x")
            assert "Privacy" in person.gets("/")
            form = {"notices": "pupils", "email": f"{number}@example.org"}
            assert "Check your email" in person.posts("/subscribe/", form)
        assert json.loads(person.gets("/readyz"))["ready"]
        for connection in slow:
            connection.settimeout(0.0)
            with pytest.raises(BlockingIOError):
                connection.recv(1)


def test_what_takes_too_long_is_ended_with_a_page(serve, cookie):
    portal = serve(BODY_SECONDS="2", BODY_PAUSE_SECONDS="1", BODY_BYTES_A_SECOND="10000")
    stops = begins(portal, b"a=", length=200)
    upload = begins(
        portal, b"--x\r\n" + FILE + b"x" * 90_000, path="/staff/roll/", kind=MULTIPART,
        length=100_000, cookie=cookie,
    )  # fmt: skip
    trickles = begins(portal, b"a=", length=200)
    trickles.settimeout(0.4)
    pieces = 0
    while pieces < 190:
        try:
            trickles.recv(1, socket.MSG_PEEK)
            break
        except TimeoutError:
            trickles.sendall(b"x")
            pieces += 1
    assert 3 <= pieces < 190
    trickles.settimeout(60)
    for connection in (stops, trickles, upload):
        status, text = answer(connection)
        assert status == 408
        assert "It took too long to arrive" in text
        assert "connection: close" in text.lower()
        assert "content-security-policy" in text.lower()
    assert left_over(portal) == []


def test_what_is_too_large_is_refused(serve, cookie):
    """Before it comes where its length is said, and as soon as it is too large where not."""
    portal = serve(UPLOAD_MAX_BYTES=str(MIB))
    chunked = "Transfer-Encoding: chunked\r\n"
    chunk = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
    for connection in (
        begins(portal, length=3 * MIB),
        begins(portal, length=3 * MIB, cookie=cookie, path="/staff/roll/"),
        begins(portal, length=3 * MIB, kind=MULTIPART),
        begins(portal, length=3 * MIB, kind=MULTIPART, cookie="sessionid=made-up"),
        begins(portal, length=90 * MIB, kind=MULTIPART, cookie=cookie),
        begins(portal, chunk * 3, more=chunked),
    ):
        status, text = answer(connection)
        assert status == 413
        assert "It is too large" in text
    assert left_over(portal) == []


def upload(portal, size, cookie):
    body = TOKEN + FILE + b"x" * size + b"\r\n--x--\r\n"
    usual = {"path": "/staff/roll/", "kind": MULTIPART, "more": "Connection: close\r\n"}
    return answer(begins(portal, body, length=len(body), cookie=cookie, **usual))


def test_a_file_that_is_somewhat_too_large_comes_to_its_form(serve, cookie):
    portal = serve(UPLOAD_MAX_BYTES=str(MIB))
    status, text = upload(portal, 10, cookie)
    assert (status, "must be smaller" in text) == (422, False)
    status, text = upload(portal, 3 * MIB // 2, cookie)
    assert status == 422
    assert "The selected file must be smaller than 1MB" in text
    status, text = upload(portal, 8 * MIB, cookie)
    assert (status, "It is too large" in text) == (413, True)
    assert left_over(portal) == []


def test_a_form_without_a_length_and_one_after_another(serve):
    portal = serve()
    data = f"csrfmiddlewaretoken={CSRF}&notices=pupils&email=ben@example.org".encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in data) + b"0\r\n\r\n"
    with begins(portal, chunks, more="Transfer-Encoding: chunked\r\n") as connection:
        sleep(0.1)
        assert b"location: /subscribe/sent/" in connection.recv(MIB)
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        text = b""
        while piece := connection.recv(MIB):
            text += piece
    assert re.search(rb"HTTP/1.1 200 OK.*content-length: \d{4,}.*\r\n\r\n$", text, re.S | re.I)


def test_who_goes_away_leaves_nothing(serve, cookie):
    portal = serve()
    body = TOKEN + FILE + b"x" * MIB
    begins(portal, body, path="/staff/roll/", kind=MULTIPART, length=2 * MIB, cookie=cookie).close()
    sleep(0.3)
    assert "Privacy" in Person(portal).gets("/")
    assert left_over(portal) == []
