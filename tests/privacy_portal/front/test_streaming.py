"""A file to be handed over once leaves as it is taken, and its sender knows when nobody takes it.

A real server, with connections that are cut off.
"""

import os
import signal
import socket
import subprocess
from time import monotonic, sleep

import pytest

from privacy_portal.serving import granian
from tests.places import ROOT

SIZE = 40 << 20
# What the server and both ends of a connection hold of a file that nobody reads.
HELD = 12 << 20


@pytest.fixture
def port(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        file.truncate(SIZE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*granian(port, workers=1)[:-1], "tests.privacy_portal.front.streamed:application"]
    server = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "STREAMED_FOLDER": str(tmp_path)},
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: answer(port, "/"), 30)
    yield port
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=90)


def asks(port, path, method="GET"):
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return connection


def answer(port, path):
    with asks(port, path) as connection:
        return connection.recv(100)


def until(found, seconds=20):
    end = monotonic() + seconds
    while monotonic() < end:
        try:
            if result := found():
                return result
        except OSError:
            pass
        sleep(0.02)
    raise AssertionError("nothing came in time")


def sent(folder):
    return int(until((folder / "sent").read_text))


def received(connection):
    """How many bytes come until the end, without the headers."""
    number, head = 0, b""
    while piece := connection.recv(1 << 20):
        if b"\r\n\r\n" not in head:
            head += piece
            piece = head.partition(b"\r\n\r\n")[2] if b"\r\n\r\n" in head else b""
        number += len(piece)
    return number


@pytest.mark.parametrize("path", ["/stream", "/pieces"])
def test_the_whole_file_comes(port, path):
    with asks(port, path) as connection:
        assert received(connection) == SIZE


def test_all_of_it_is_counted(port, tmp_path):
    with asks(port, "/stream") as connection:
        received(connection)
    assert sent(tmp_path) == SIZE


def test_one_that_is_cut_off_is_not_read_to_its_end(port, tmp_path):
    with asks(port, "/stream") as connection:
        connection.recv(1000)
        sleep(0.3)
        assert not (tmp_path / "sent").exists()
    assert 0 < sent(tmp_path) < HELD


def test_of_one_that_nobody_waited_for_nothing_is_sent(port, tmp_path):
    """So a hand-over that nobody took is undone."""
    with asks(port, "/stream?0.6"):
        sleep(0.2)
    assert sent(tmp_path) == 0


def test_one_that_asks_for_headers_alone_gets_them(port, tmp_path):
    with asks(port, "/stream", "HEAD") as connection:
        text = connection.recv(1000)
        assert b"200 OK" in text
        assert str(SIZE).encode() in text
        assert connection.recv(1000) == b""
    assert sent(tmp_path) < HELD


def test_others_are_answered_while_threads_wait_for_readers(port, tmp_path):
    """Both threads do; a third waits until one of them has gone."""
    with asks(port, "/stream") as first, asks(port, "/stream") as second:
        first.recv(10), second.recv(10)
        third = asks(port, "/")
        third.settimeout(0.3)
        with pytest.raises(TimeoutError):
            third.recv(10)
        second.close()
        third.settimeout(20)
        assert b"200 OK" in third.recv(100)
        third.close()
