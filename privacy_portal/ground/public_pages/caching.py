"""Public pages are made once for each change of what they show, then sent as they are.

A page depends on its address, on the day, and on tables that count the stamp up
(`stamping`): one query tells whether the page kept is still right, asked again after
`STAMP_SECONDS`. It holds nothing of the person who reads it, so browsers and proxies
may keep it too and ask with `If-None-Match` whether it still holds.
"""

import gzip
import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from privacy_portal.ground import days
from privacy_portal.ground.public_pages.models import Stamp

View = Callable[..., HttpResponse]
# What has read values that pages show, and keeps them for a while, is told to read them anew.
before_making: list[Callable[[], None]] = []
SMALL = 1_000


class _CachedPage(NamedTuple):
    """A page as it is sent: plain, and compressed where that is worth it."""

    body: bytes
    compressed: bytes | None
    headers: dict[str, str]
    etag: str


def public_page(view: View, *, parameters: tuple[str, ...] = ()) -> View:
    """Return a view of a page that is the same for everyone; other answers than 200 are passed on.

    The page is rendered without looking at cookies: `request.for_everyone` tells the
    templates so. A query string that the view does not expect makes no second copy:
    only the `parameters` count.
    """

    @wraps(view)
    def cached_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        vars(request)["for_everyone"] = True
        number, at = _stamp()
        today = days.today()
        key = _key(request, parameters, number, today)
        page: _CachedPage | None = caches["pages"].get(key)
        if page is None:
            for forget in before_making:
                forget()
            response = view(request, *args, **kwargs)
            if response.status_code != 200 or response.streaming:
                return response
            page = _keep(response)
            caches["pages"].set(key, page, timeout=24 * 60 * 60)
        return _send(request, page, max(at, days.start_of(today).astimezone(UTC)))

    return cached_view


def revalidated(view: View) -> View:
    """Return a view of a page that is the same for everyone but depends on more than the stamp counts.

    It is made anew at each visit, and only sent where the reader has another one.
    """

    @wraps(view)
    def fresh_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        vars(request)["for_everyone"] = True
        response = view(request, *args, **kwargs)
        if response.status_code != 200 or response.streaming:
            return response
        return _send(request, _keep(response), None)

    return fresh_view


class _StampRead(NamedTuple):
    """The stamp as the database gave it, and when it was asked (seconds, monotonic)."""

    when: float
    number: int
    at: datetime


_last_stamp: _StampRead | None = None


def _stamp() -> tuple[int, datetime]:
    """Return the stamp, at most `STAMP_SECONDS` old: a busy page does not ask for every visit."""
    global _last_stamp
    stamp, now = _last_stamp, monotonic()
    if stamp is None or now - stamp.when >= settings.STAMP_SECONDS:
        number, at = Stamp.objects.values_list("number", "at").get()
        _last_stamp = stamp = _StampRead(now, number, at)
    return stamp.number, stamp.at


def _key(request: HttpRequest, parameters: tuple[str, ...], number: int, today: date) -> str:
    values = (request.GET.get(name, "") for name in parameters)
    place = [request.scheme or "", request.get_host(), request.path]
    key = "\0".join([*place, *values, str(number), today.isoformat()])
    return "page:" + hashlib.sha256(key.encode()).hexdigest()


def _keep(response: HttpResponse) -> _CachedPage:
    body = response.content
    compressed = gzip.compress(body, 9, mtime=0) if len(body) > SMALL else None
    if compressed is not None and len(compressed) >= len(body):
        compressed = None
    return _CachedPage(
        body, compressed, dict(response.items()), hashlib.sha256(body).hexdigest()[:32]
    )


def _send(request: HttpRequest, page: _CachedPage, changed: datetime | None) -> HttpResponse:
    takes_gzip = page.compressed is not None and "gzip" in request.headers.get(
        "Accept-Encoding", ""
    )
    etag = f'"{page.etag}{"-gzip" if takes_gzip else ""}"'
    response = HttpResponse(page.compressed if takes_gzip else page.body, headers=page.headers)
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    if changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    patch_vary_headers(response, ("Accept-Encoding",))
    modified = int(changed.timestamp()) if changed else None
    answer = get_conditional_response(request, etag, modified, response)
    assert isinstance(answer, HttpResponse)
    return answer
