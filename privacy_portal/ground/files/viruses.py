"""Ask ClamAV's daemon whether there is a virus in a file (its INSTREAM command)."""

import re
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic

from django.conf import settings

Place = str | tuple[str, int]
MOST_REPLY = 4096
PING_SECONDS = 2.0
CLEAN, FOUND = "stream: OK", re.compile(r"stream: (\S+) FOUND")
# What the daemon calls a file that it gave up, where it is told to say so.
GIVEN_UP = "Heuristics.Limits.Exceeded"


class NotCheckedError(Exception):
    """A file that could not be checked; says why, for the server's log."""


def virus_in(chunks: Iterable[bytes], place: Place) -> str | None:
    """Return the daemon's name of the virus in a file, or None where it has none.

    Takes CLAMAV_SECONDS at most. Raises NotCheckedError for everything but a clear answer.
    """
    reply = _ask(place, b"zINSTREAM\0", chunks, settings.CLAMAV_SECONDS)
    if reply == CLEAN:
        return None
    match = FOUND.fullmatch(reply)
    if match is None or match[1].startswith(GIVEN_UP):
        raise NotCheckedError(f"answered {reply[:200]!r}")
    return match[1]


def is_reachable(place: Place) -> bool:
    """Return whether the daemon answers, within seconds."""
    try:
        return _ask(place, b"zPING\0", None, PING_SECONDS) == "PONG"
    except NotCheckedError:
        return False


def _ask(place: Place, command: bytes, chunks: Iterable[bytes] | None, seconds: float) -> str:
    end = monotonic() + seconds
    try:
        with _connected(place, end) as connection:
            try:
                _send(connection, command, end)
                for chunk in chunks or ():
                    if chunk:
                        _send(connection, struct.pack("!L", len(chunk)) + chunk, end)
                if chunks is not None:
                    _send(connection, struct.pack("!L", 0), end)
            except (BrokenPipeError, ConnectionResetError):
                # It says why it takes no more, such as the size of the file, if it still can.
                with suppress(OSError):
                    raise NotCheckedError(f"broke off: {_reply(connection, end)!r}") from None
                raise
            return _reply(connection, end)
    except OSError as error:
        raise NotCheckedError(f"cannot be asked ({type(error).__name__})") from error


def _connected(place: Place, end: float) -> socket.socket:
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=_left(end))
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(_left(end))
        connection.connect(place)
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, data: bytes, end: float) -> None:
    connection.settimeout(_left(end))
    connection.sendall(data)


def _reply(connection: socket.socket, end: float) -> str:
    """Return what is answered, up to the null character or the end."""
    reply = b""
    while b"\0" not in reply and len(reply) < MOST_REPLY:
        connection.settimeout(_left(end))
        if not (piece := connection.recv(MOST_REPLY)):
            break
        reply += piece
    return reply.partition(b"\0")[0].decode("ascii", "replace").strip()


def _left(end: float) -> float:
    if (left := end - monotonic()) <= 0:
        raise TimeoutError
    return left
