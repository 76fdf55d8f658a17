"""The ASGI application: it receives a request whole, then has it answered in a thread."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from privacy_portal.front.bodies import Bodies, Body, GoneError, Limits, Most, Receive, RefusedError
from privacy_portal.front.calling import (
    Application,
    Caller,
    Environ,
    Scope,
    Send,
    environ_of,
    headers_of,
)
from privacy_portal.front.refusing import REFUSED

MULTIPART = "multipart/form-data"
NO_BODY: Environ = {"wsgi.input": BytesIO(), "CONTENT_LENGTH": ""}


@dataclass(frozen=True)
class Sizes:
    """The most bytes of a body: of a form, and of one with a file from someone signed in."""

    form: int
    file: int


class Reception:
    """Receives requests whole and has the WSGI application answer them, `threads` at once.

    `signed_in` is asked, in a thread, with the cookies of who sends more than a form has.
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        limits: Limits,
        sizes: Sizes,
        signed_in: Callable[[str], bool],
    ):
        self.caller = Caller(application, threads)
        self.bodies = Bodies(limits)
        self.sizes, self.signed_in = sizes, signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        headers = dict(headers_of(scope))
        if not has_body(headers):
            await self.caller.call(environ | NO_BODY, receive, send)
            return
        try:
            body = await self._body(headers, receive)
        except GoneError:
            return
        except RefusedError as refused:
            # Nothing of the request but its address: it changes nothing, whoever it is from.
            environ |= {REFUSED: refused.status.value, "REQUEST_METHOD": "GET", "CONTENT_TYPE": ""}
            await self.caller.call(environ | NO_BODY, receive, send, last=True)
            return
        try:
            environ |= {"wsgi.input": body.file, "CONTENT_LENGTH": str(body.size)}
            await self.caller.call(environ, receive, send)
        finally:
            body.close()

    async def _body(self, headers: dict[str, str], receive: Receive) -> Body:
        may_send_file = None
        if headers.get("content-type", "").lower().startswith(MULTIPART):
            may_send_file = partial(self._may_send_file, headers.get("cookie", ""))
        most = Most(self.sizes.form, self.sizes.file, may_send_file)
        # Larger than is even read: said before any of it comes.
        await most.allows(int(headers.get("content-length") or 0))
        return await self.bodies.read(receive, most)

    async def _may_send_file(self, cookies: str) -> bool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.caller.pool, self.signed_in, cookies)


def has_body(headers: dict[str, str]) -> bool:
    """Return whether a request says that it has a body."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
