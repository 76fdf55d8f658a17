"""A process that is talked to by its pipes, and is given up when it makes no progress (H4)."""

import logging
import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# What either side may say before it is listened to.
PIPE_BYTES = 1 << 20
# How long an ended process may take to go; one that waits for a disk cannot.
END_SECONDS = 5

logger = logging.getLogger(__name__)


class GoneError(Exception):
    """The process has ended; the message is what it said of that, which names no cell."""


class StalledError(Exception):
    """A hand-over made no progress for too long: it has ended, and nothing has left (H4)."""

    def __str__(self) -> str:
        return (
            "The file made no progress for a minute, so we stopped. Nothing has left, and the log "
            "says so. Try again in a few minutes."
        )


class CutOffError(StalledError):
    """A hand-over lost its connection to the database: it has ended, and nothing has left."""

    def __str__(self) -> str:
        return (
            "The connection to the database was lost, so we stopped. Nothing has left. Try again in "
            "a few minutes."
        )


class Watched:
    """Each message told or heard must be taken or come within so many seconds."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        seconds: float,
        folder: Path,
        environment: Mapping[str, str],
        files: Sequence[int],
    ):
        """Starts it in a session of its own, so that it ends when this side ends it; it inherits
        the open `files`."""
        self.seconds = seconds
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment, pass_fds=files, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            pipesize=PIPE_BYTES,
        )  # fmt: skip
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._to, False)
        self._heard = bytearray()

    def tell(self, message: bytes) -> None:
        """Raises GoneError, or StalledError if it is not listening."""
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[os.write(self._to, rest) :]
            except BlockingIOError:
                self._wait(self._to, select.POLLOUT)
            except BrokenPipeError as error:
                raise self._gone() from error

    def hear(self, length: int) -> bytes:
        """Exactly so many bytes. Raises GoneError, or StalledError if nothing comes."""
        while len(self._heard) < length:
            self._wait(self._from, select.POLLIN)
            said = os.read(self._from, PIPE_BYTES)
            if not said:
                raise self._gone()
            self._heard += said
        message = bytes(self._heard[:length])
        del self._heard[:length]
        return message

    def ended(self) -> int:
        """Waits for its end; gives its exit code. Raises StalledError."""
        try:
            return self.process.wait(self.seconds)
        except subprocess.TimeoutExpired as error:
            raise StalledError from error

    def close(self) -> None:
        """Ends it, whatever it is doing."""
        self.process.kill()
        with suppress(BrokenPipeError):
            try:
                self.process.communicate(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                logger.error("Process %s does not end: its disk may hang.", self.process.pid)

    def _wait(self, pipe: int, event: int) -> None:
        waiting = select.poll()
        waiting.register(pipe, event)
        if not waiting.poll(1000 * self.seconds):
            raise StalledError

    def _gone(self) -> GoneError:
        try:
            _, said = self.process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired as error:
            raise StalledError from error
        return GoneError(said.decode().strip() or f"code {self.process.returncode}")
