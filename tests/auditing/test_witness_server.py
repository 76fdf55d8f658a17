"""A witness asks a real web server, and is neither held up, led away nor flooded by one."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import witness
from tests.small_logs import LOG_KEY, Answer, SmallLog, answer, cosignature_time

LOG = SmallLog(600)
FILES = {"checkpoint": LOG.checkpoint(), **LOG.tiles()}
Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Gives out a log's files below /log/, unless the test has a reply of its own."""

    files: dict[str, bytes] = FILES
    replies: dict[str, Reply] = {}
    received: list[tuple[str, str | None, bytes]] = []

    def do_GET(self) -> None:
        name = self.path.removeprefix("/log/")
        if name in self.replies:
            self.replies[name](self)
        elif name in self.files:
            self.reply(200, self.files[name])
        else:
            self.reply(404, b"There is no such page.")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, self.headers["Content-Type"], body))
        self.replies.get("cosignature", lambda handler: handler.reply(200, b"Thank you."))(self)

    def reply(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    """Does not say who left before the answer ended, and does not wait for them."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


class Server:
    """A web server of the test's own, on this computer."""

    def __init__(self, folder: Path):
        self.state = folder / "state"
        self.handler = type("Handled", (Handler,), {"replies": {}, "received": []})
        self.server = QuietServer(("127.0.0.1", 0), self.handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/log"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def witness(self, *arguments: object) -> Answer:
        return answer(witness.main, "--state", self.state, *arguments)

    def check(self, *more: object) -> Answer:
        return self.witness("check", self.address, "--key", LOG_KEY.vkey, *more)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.server.shutdown()
    server.server.server_close()


def test_a_log_on_a_web_server_is_checked_and_the_cosignature_handed_in(server):
    vkey = server.witness("init", "dpo.example").out.strip()
    done = server.check("--send")
    assert (done.code, done.out) == (0, ""), done
    assert "Sent. Thank you." in done.errors
    ((path, kind, note),) = server.handler.received
    assert (path, kind) == ("/log/cosignature", "text/plain; charset=utf-8")
    assert note.startswith(LOG.body() + "\n— dpo.example ".encode())
    assert note.count(b"\n") == 5
    cosignature_time(note, vkey)


def test_a_slash_at_the_end_of_the_address_makes_no_other_log(server):
    assert server.check().code == 0
    server.address += "/"
    assert "has not changed" in server.check().errors


def test_a_cosignature_that_is_not_taken_is_told_with_the_reason(server):
    server.witness("init", "dpo.example")
    server.handler.replies["cosignature"] = lambda handler: handler.reply(
        403, b"This witness is not\x1b[2J in the policy."
    )
    done = server.check("--send")
    assert done.code == 2
    assert "was not taken (403): This witness is not?[2J in the policy." in done.errors
    assert "The log was checked; only handing in failed." in done.errors
    assert "Could not check" not in done.errors
    assert "has not changed" in server.check().errors


def test_what_is_handed_in_is_not_sent_on(server):
    server.witness("init", "dpo.example")
    server.handler.replies["cosignature"] = lambda handler: handler.reply(
        302, b"", Location=f"{server.address}/checkpoint"
    )
    done = server.check("--send")
    assert done.code == 2
    assert "only handing in failed. The cosignature could not be handed in" in done.errors
    assert "which is not followed" in done.errors


def test_a_redirect_within_the_server_is_followed(server):
    server.handler.replies["checkpoint"] = lambda handler: handler.reply(
        302, b"", Location="/log/newest"
    )
    server.handler.replies["newest"] = lambda handler: handler.reply(200, LOG.checkpoint())
    assert server.check().code == 0


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://127.0.0.2/log/checkpoint",
        "https://{host}/log/checkpoint",
        "http://localhost:9/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_another_server_is_not_followed(elsewhere, server):
    host = server.address.split("/")[2]
    server.handler.replies["checkpoint"] = lambda handler: handler.reply(
        301, b"", Location=elsewhere.format(host=host)
    )
    done = server.check()
    assert done.code == 2
    assert "which is not followed" in done.errors or "answered 301" in done.errors


def test_a_server_that_says_nothing_is_left(server):
    server.handler.replies["checkpoint"] = lambda handler: time.sleep(20)
    done = server.check("--timeout", "0.3")
    assert done.code == 2
    assert "checkpoint: " in done.errors


def test_a_server_that_drips_is_left(server):
    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    server.handler.replies["checkpoint"] = drip
    done = server.check("--timeout", "0.5")
    assert done.code == 2
    assert "no whole answer within 0.5 seconds" in done.errors


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/002.p/88", "cosignature"])
def test_an_answer_of_a_hundred_megabytes_is_not_read(name, server):
    sent = []

    def flood(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000000")
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"x" * 1_000_000)
                sent.append(1)
        except OSError:
            pass

    server.witness("init", "dpo.example")
    server.handler.replies[name] = flood
    done = server.check("--send")
    assert done.code == 2
    assert "longer than it can be" in done.errors
    assert len(sent) < 20


def test_an_answer_that_was_cut_off_accuses_nobody(server):
    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "2816")
        handler.end_headers()
        handler.wfile.write(FILES["tile/0/002.p/88"][:1000])

    server.handler.replies["tile/0/002.p/88"] = cut
    done = server.check()
    assert done.code == 2
    assert "cut off" in done.errors


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_server_with_a_fault_accuses_nobody(status, server):
    server.handler.replies["checkpoint"] = lambda handler: handler.reply(status, b"no")
    assert server.check().code == 2


def test_what_is_no_web_server_is_told(server):
    server.handler.replies["checkpoint"] = lambda handler: handler.wfile.write(b"SSH-2.0\r\n\r\n")
    assert server.check().code == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.example/log", "http://10.0.0.1/log", "ftp://portal.example/log", "https:///log",
        "https://[::1/log", "file:///etc", "https://portal.example/log?x=1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_https_is_refused_before_anything_is_asked(address, tmp_path):
    done = answer(witness.main, "--state", tmp_path, "check", address)
    assert done.code == 2
    assert "is not https" in done.errors or "is not the address of a log" in done.errors


def test_without_encryption_only_where_that_is_said(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        witness.Web, "_ask", lambda self, name, *_: asked.append(name) or (404, b"")
    )
    done = answer(
        witness.main, "--state", tmp_path, "check", "http://portal.example/log", "--allow-http"
    )
    assert (done.code, asked) == (2, ["checkpoint"])
