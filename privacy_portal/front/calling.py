"""Call the WSGI application in a thread of a pool, and send what it answers as it is taken."""

import asyncio
import logging
import sys
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

from privacy_portal.front.bodies import Receive

Send = Callable[[dict[str, Any]], Awaitable[None]]
Scope = dict[str, Any]
Environ = dict[str, Any]
# What Django answers is iterated, and says of itself whether it is `streaming`.
Application = Callable[[Environ, Any], Any]
Start = tuple[str, list[tuple[str, str]]]
FILE_PIECE = 64 * 1024
# So soon the server tells of somebody who went away while their answer was made.
TOLD_SECONDS = 0.1

logger = logging.getLogger(__name__)


def environ_of(scope: Scope) -> Environ:
    """Return what WSGI calls the environment of a request, without its body."""
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": Pieces,
    }
    for name, value in headers_of(scope):
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name not in ("content-length", "transfer-encoding"):
            key = f"HTTP_{name.upper().replace('-', '_')}"
            apart = "; " if name == "cookie" else ","
            environ[key] = f"{environ[key]}{apart}{value}" if key in environ else value
    return environ


def headers_of(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield names, in small letters, and values.

    A name with an underscore is left out: to the application it would be the one with a hyphen,
    such as that of a proxy.
    """
    for name, value in scope["headers"]:
        if b"_" not in name:
            yield name.decode("latin-1").lower(), value.decode("latin-1")


class Pieces:
    """A file as pieces of a size that is soon sent."""

    def __init__(self, file: BinaryIO, block_size: int = FILE_PIECE):
        """Take an open file; it is read in pieces no smaller than FILE_PIECE."""
        self.file, self.size = file, max(block_size, FILE_PIECE)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.file.read(self.size):
            yield piece

    def close(self) -> None:
        self.file.close()


class Caller:
    """Calls the application, for at most `threads` requests at once; others wait in line."""

    def __init__(self, application: Application, threads: int):
        self.application = application
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def call(
        self, environ: Environ, receive: Receive, send: Send, *, last: bool = False
    ) -> None:
        """Answer a request whose body was read; `last` ends its connection."""
        loop = asyncio.get_running_loop()
        answer = _Answer(loop, receive, send, last=last)
        try:
            whole = await loop.run_in_executor(self.pool, self._work, environ, answer)
            if whole is not None:
                await answer.sends_whole(*whole)
        finally:
            await answer.end()

    def _work(self, environ: Environ, answer: "_Answer") -> tuple[Start, bytes] | None:
        """Return a whole answer, or send one in pieces from here and return None."""
        begun: list[Start] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            begun[:] = [(status, headers)]

        answered = self.application(environ, start_response)
        try:
            if getattr(answered, "streaming", True):
                answer.sends_pieces(begun[0], answered)
                return None
            return begun[0], b"".join(answered)
        finally:
            if close := getattr(answered, "close", None):
                close()


class _Answer:
    """What is sent to one request."""

    def __init__(self, loop: AbstractEventLoop, receive: Receive, send: Send, *, last: bool):
        self.loop, self.receive, self.send, self.last = loop, receive, send, last
        self.left = asyncio.Event()
        self.watch: asyncio.Task[None] | None = None

    async def sends_whole(self, start: Start, content: bytes) -> None:
        await self._begin(start)
        await self.send({"type": "http.response.body", "body": content})

    def sends_pieces(self, start: Start, pieces: Iterable[bytes]) -> None:
        """Send one piece after another, each once the one before was taken; none to who has gone.

        Belongs to a thread of the pool, which waits meanwhile.
        """
        # A hand-over that nobody waited for is undone: of its file no piece may even be taken.
        self._wait(self._watched(0 if isinstance(pieces, Pieces) else TOLD_SECONDS))
        if self.left.is_set():
            return
        self._wait(self._begin(start))
        for piece in pieces:
            # Asked here: what was sent before counts as sent, also where its reader left with it.
            if self.left.is_set():
                return
            self._wait(self._piece(piece))
        self._wait(self.send({"type": "http.response.body", "body": b""}))

    def _wait(self, work: Awaitable[None]) -> None:
        asyncio.run_coroutine_threadsafe(_awaited(work), self.loop).result()

    async def _begin(self, start: Start) -> None:
        status, headers = start
        more = [(b"connection", b"close")] if self.last else []
        await self.send(
            {
                "type": "http.response.start",
                "status": int(status.split(" ", 1)[0]),
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers
                ]
                + more,
            }
        )

    async def _watched(self, seconds: float) -> None:
        """Begin to watch whether whoever asked is there; wait so long to hear that they left."""
        self.watch = asyncio.create_task(self._watch())
        await asyncio.wait([self.watch], timeout=seconds)

    async def _watch(self) -> None:
        """Note when whoever asked has gone: what is sent then is lost without a word."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.left.set()

    async def _piece(self, piece: bytes) -> None:
        if piece:
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        if self.watch is not None:
            self.watch.cancel()
            with suppress(asyncio.CancelledError):
                await self.watch


async def _awaited(work: Awaitable[None]) -> None:
    await work
