"""What opens a page changes nothing: every GET of every test is held to it."""

import re
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

SAFE = ("GET", "HEAD")
# Who looked at whom is logged (L6); how often an address was tried is counted; recovery codes are
# marked as shown, since they are shown once; a HEAD of the sign-in counts as a try.
# Whoever comes back from the provider of single sign-on does so by a GET: OpenID Connect has it so.
COMES_BACK = "/accounts/single-sign-on/back/"
MAY_CHANGE = {
    "log_entry", "log_head", "limits_attempt", "limits_cache", "django_session", "mfa_authenticator",
}  # fmt: skip
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE|COPY)\s+"?(\w+)', re.IGNORECASE)


class ReadOnlyMiddleware:
    """Fails a test in which a page that is only opened writes to the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in SAFE or request.path == COMES_BACK:
            return self.get_response(request)
        with connection.execute_wrapper(_refuse):
            return self.get_response(request)


def _refuse(execute, sql, params, many, context):
    write = WRITES.match(str(sql))
    assert write is None or write[1] in MAY_CHANGE, f"a GET writes to {write[1]}"
    return execute(sql, params, many, context)
