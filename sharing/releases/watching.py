"""A process on the other end of pipes, given up when it makes no progress (H4)."""

import logging
import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sharing.errors import StalledError

# How much may wait in a pipe, either way.
PIPE_BYTES = 1 << 20
# How long an ended process may take to go; one that waits for a disk cannot.
END_SECONDS = 5

logger = logging.getLogger(__name__)


class GoneError(Exception):
    """The process has ended; the message is its last words, which name no cell."""


class WatchedProcess:
    """Runs a process that must take or send each message within so many seconds."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        seconds: float,
        folder: Path,
        environment: Mapping[str, str],
        files: Sequence[int],
    ):
        """Start the process in a session of its own, so that nothing but this side ends it; it inherits
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
        self._received = bytearray()

    def tell(self, message: bytes) -> None:
        """Send a message. Raises GoneError, or StalledError if it is not taken."""
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[os.write(self._to, rest) :]
            except BlockingIOError:
                self._wait(self._to, select.POLLOUT)
            except BrokenPipeError as error:
                raise self._gone() from error

    def hear(self, length: int) -> bytes:
        """Receive exactly so many bytes. Raises GoneError, or StalledError if nothing comes."""
        while len(self._received) < length:
            self._wait(self._from, select.POLLIN)
            chunk = os.read(self._from, PIPE_BYTES)
            if not chunk:
                raise self._gone()
            self._received += chunk
        message = bytes(self._received[:length])
        del self._received[:length]
        return message

    def ended(self) -> int:
        """Wait until the process ends and return its exit code. Raises StalledError."""
        try:
            return self.process.wait(self.seconds)
        except subprocess.TimeoutExpired as error:
            raise StalledError from error

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        with suppress(BrokenPipeError):
            try:
                self.process.communicate(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                logger.error("Process %s does not end: its disk may hang.", self.process.pid)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(1000 * self.seconds):
            raise StalledError

    def _gone(self) -> GoneError:
        try:
            _, errors = self.process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired as error:
            raise StalledError from error
        return GoneError(errors.decode().strip() or f"code {self.process.returncode}")
