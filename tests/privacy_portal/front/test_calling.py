"""What the application is told of a request, and what becomes of its errors."""

import asyncio
import io

import pytest

from privacy_portal.front.calling import Caller, Pieces, environ_of
from tests.loops import run


def scope(*headers, **more):
    return {
        "type": "http", "method": "GET", "http_version": "1.1", "scheme": "http", "path": "/é",
        "raw_path": b"/%C3%A9", "query_string": b"a=%20b", "headers": list(headers),
        "server": ("127.0.0.1", "80"), "client": ("192.0.2.1", "5000"), **more,
    }  # fmt: skip


def test_an_address_is_told_as_wsgi_wants_it():
    environ = environ_of(scope((b"content-type", b"text/plain"), (b"content-length", b"3")))
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/é"
    assert environ["QUERY_STRING"] == "a=%20b"
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert environ["CONTENT_TYPE"] == "text/plain"
    # Its length is that of what came, not of what was said.
    assert "CONTENT_LENGTH" not in environ


def test_headers_of_one_name_are_joined():
    environ = environ_of(
        scope(
            (b"x-forwarded-for", b"198.51.100.1"),
            (b"x-forwarded-for", b"198.51.100.2"),
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
        )
    )
    assert environ["HTTP_X_FORWARDED_FOR"] == "198.51.100.1,198.51.100.2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_nobody_passes_for_the_proxy():
    """With an underscore a header would have the name of the proxy's own."""
    environ = environ_of(
        scope((b"x-forwarded-for", b"198.51.100.1"), (b"x_forwarded_for", b"192.0.2.9"))
    )
    assert environ["HTTP_X_FORWARDED_FOR"] == "198.51.100.1"
    assert environ_of(scope((b"portal.refused", b"413"))).get("portal.refused") is None


class Answer:
    """What the application answers; `closed` once it was closed."""

    def __init__(self, pieces, *, streaming):
        self.pieces, self.streaming, self.closed = pieces, streaming, False

    def __iter__(self):
        for piece in self.pieces:
            if piece is None:
                raise LookupError
            yield piece

    def close(self):
        self.closed = True


def call(answered):
    """Calls an application that answers so; gives what was sent."""
    sent = []

    def application(environ, start_response):
        start_response("200 OK", [("A", "b")])
        return answered

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    async def calls():
        await Caller(application, 1).call({}, receive, send)

    try:
        run(calls())
    except LookupError:
        sent.append("failed")
    return sent


@pytest.mark.parametrize("streaming", [False, True])
def test_an_answer_is_closed_once_it_was_taken(streaming):
    answered = Answer([b"a", b"", b"b"], streaming=streaming)
    start, *bodies = call(answered)
    assert start == {"type": "http.response.start", "status": 200, "headers": [(b"A", b"b")]}
    assert b"".join(each["body"] for each in bodies) == b"ab"
    assert not bodies[-1].get("more_body")
    assert len(bodies) == (3 if streaming else 1)
    assert answered.closed


@pytest.mark.parametrize("streaming", [False, True])
def test_one_that_fails_is_closed_too_and_never_looks_whole(streaming):
    answered = Answer([b"a", None], streaming=streaming)
    *sent, failed = call(answered)
    assert failed == "failed"
    assert answered.closed
    assert all(each.get("more_body", True) for each in sent)


def test_a_file_comes_in_pieces_that_are_not_small():
    file = io.BytesIO(b"x" * 100_000)
    pieces = Pieces(file, 4096)
    assert [len(piece) for piece in pieces] == [65_536, 34_464]
    pieces.close()
    assert file.closed
