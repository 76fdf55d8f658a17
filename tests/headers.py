"""The headers of every response of every test: what is about a child stays in no cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

PUBLIC = "public, max-age=0, must-revalidate"
# Hashes of the log never change.
FOR_GOOD = "public, max-age=31536000, immutable"
# Names of parameters that let in whoever knows them, as the addresses have them.
TOKENS = {"token", "key", "uidb36", "signed"}


class HeadersCheckMiddleware:
    """Fails a test in which a response lacks a header of defence, or may be kept though it is private."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        assert_defended(request, response)
        return response


def assert_defended(request: HttpRequest, response: HttpResponseBase) -> None:
    """Raise AssertionError if a response lacks a header that it must have."""
    headers, where = response.headers, f"{request.method} {request.path}"
    assert headers["X-Request-ID"], where
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert "camera=()" in headers["Permissions-Policy"], where
    if request.path.startswith("/static/"):
        return
    match = request.resolver_match
    private = request.path.startswith(("/staff/", "/accounts/")) or (
        match is not None and not TOKENS.isdisjoint(match.kwargs)
    )
    may_keep = (
        ()
        if private
        else (PUBLIC, FOR_GOOD)
        if match and match.url_name == "log-tile"
        else (PUBLIC,)
    )
    assert headers["Cache-Control"] in ("no-store", *may_keep), where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["X-Frame-Options"] == "DENY", where
    assert headers["Referrer-Policy"] == "same-origin", where
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, where
    assert "unsafe-" not in policy, where
