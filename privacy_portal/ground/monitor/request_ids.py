"""The id of a request: it stands in every line that the server logs about it, in its answer, and on
the page of an error, so that whoever reports the error can be helped."""

import re
import secrets

from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

from privacy_portal.ground.codes import CROCKFORD

HEADER = "X-Request-ID"
LETTERS, GROUP = 12, 4
# What a proxy may name a request by. Anything else could forge a line of the log.
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def new_id() -> str:
    """Return an id that people can read out, such as `7Q2M-0XKD-93TW`."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(LETTERS))
    return "-".join(letters[start : start + GROUP] for start in range(0, LETTERS, GROUP))


def proxys_id(header: str) -> str | None:
    """Return the id that a trusted proxy gave in its header; None where it is no such id."""
    return header if _NAMED.fullmatch(header) else None


def begin(request_id: str, *, source: str) -> None:
    """Let lines from now on be about the request; `source` is a keyed hash of where it came from."""
    bind_contextvars(request=request_id, source=source)


def end() -> None:
    """Let no further line be about the request."""
    unbind_contextvars("request", "source")


def current() -> str | None:
    """Return the id of the request that is being answered; None outside one."""
    request_id: str | None = get_contextvars().get("request")
    return request_id
