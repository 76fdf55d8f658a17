"""Read the bodies of requests before a thread works on them, within limits of time, size, number.

However many send slowly, they cost no thread: only a connection and little memory each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
# More of a body than this is kept on the disk, in a file without a name that only its owner reads.
IN_MEMORY = 64 * 1024


class GoneError(Exception):
    """Whoever sent the request has gone: nobody is answered."""


class RefusedError(Exception):
    """A body that is not taken; `status` says why."""

    def __init__(self, status: HTTPStatus):
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True)
class Limits:
    """How a body may arrive.

    It has `seconds`, and one more for each `bytes_a_second`; a pause has `pause_seconds` at most.
    With more than `at_once` being read, the one that is nearest to its end of time is given up.
    """

    seconds: float
    pause_seconds: float
    bytes_a_second: int
    at_once: int
    folder: Path


class _Reading:
    """A body that is being read, and until when."""

    def __init__(self, limits: Limits, timeout: asyncio.Timeout):
        self.limits, self.timeout = limits, timeout
        self.begun = asyncio.get_running_loop().time()
        self.end = self.begun + limits.seconds
        self.size = 0
        self.timeout.reschedule(min(self.end, self.begun + limits.pause_seconds))

    def takes(self, chunk: bytes) -> None:
        """Count a piece: it earns time."""
        now = asyncio.get_running_loop().time()
        self.size += len(chunk)
        earned = self.size / self.limits.bytes_a_second
        self.end = self.begun + self.limits.seconds + earned
        self.timeout.reschedule(min(self.end, now + self.limits.pause_seconds))

    def give_up(self) -> None:
        """End it at once."""
        self.timeout.reschedule(asyncio.get_running_loop().time())


class Body:
    """A whole body: a `file` from its beginning, and its `size` in bytes."""

    def __init__(self, folder: Path):
        # Whoever answers the request closes it.
        self.file = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(folder))  # noqa: SIM115
        self.size = 0

    def keep(self, chunk: bytes) -> None:
        """Add a piece. Raises RefusedError where the disk takes no more."""
        self.size += len(chunk)
        with _full_disk():
            self.file.write(chunk)

    def begin(self) -> None:
        """Go to the beginning, to be read. Raises RefusedError where the disk takes no more."""
        with _full_disk():
            self.file.seek(0)

    def close(self) -> None:
        with suppress(OSError):
            self.file.close()


@contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE) from error


class Bodies:
    """The bodies that a process reads at the moment."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.reading: set[_Reading] = set()

    async def read(self, receive: Receive, most: "Most") -> Body:
        """Return the whole body. Raises RefusedError, or GoneError where its sender went away."""
        body = Body(self.limits.folder)
        try:
            await self._read(receive, most, body)
            body.begin()
        except BaseException:
            body.close()
            raise
        return body

    async def _read(self, receive: Receive, most: "Most", body: Body) -> None:
        reading = None
        try:
            async with asyncio.timeout(None) as timeout:
                reading = self._begin(timeout)
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise GoneError
                    reading.takes(chunk := message.get("body", b""))
                    if await most.allows(reading.size):
                        body.keep(chunk)
                    if not message.get("more_body", False):
                        break
        except TimeoutError as error:
            raise RefusedError(HTTPStatus.REQUEST_TIMEOUT) from error
        finally:
            if reading is not None:
                self.reading.discard(reading)
        if body.size < reading.size:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _begin(self, timeout: asyncio.Timeout) -> _Reading:
        if len(self.reading) >= self.limits.at_once:
            slowest = min(self.reading, key=lambda each: each.end)
            self.reading.discard(slowest)
            slowest.give_up()
        reading = _Reading(self.limits, timeout)
        self.reading.add(reading)
        return reading


class Most:
    """How many bytes a body may have: those of a form, or those of a file from who may send one."""

    # So many times the size of a file is read, and not kept, to answer its sender at the end: a
    # browser that still sends does not read.
    READ_TIMES = 10

    def __init__(self, form: int, file: int, may_send_file: Callable[[], Awaitable[bool]] | None):
        """Take the limits, and who to ask, at most once, whether a larger body may come at all."""
        self.form, self.file, self.may_send_file = form, file, may_send_file
        self.asked = False

    async def allows(self, size: int) -> bool:
        """Return whether a body of this size is kept. Raises RefusedError where it is not read."""
        if size <= self.form:
            return True
        if not self.asked:
            self.asked = True
            if self.may_send_file is None or not await self.may_send_file():
                raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if size > self.READ_TIMES * self.file:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return size <= self.file
