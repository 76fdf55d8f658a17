"""What is told of a request as a whole: its id, and to a monitor that it was refused."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from django.conf import settings
from django.core.signals import request_finished
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits.counting import client_of
from privacy_portal.ground.monitor import request_ids
from privacy_portal.ground.monitor.lines import Category, tell
from privacy_portal.ground.ui.errors import FORM_REFUSED
from privacy_portal.headers import is_private

Told = tuple[str, Category]

# What a monitor is told of an answer, by its status.
REFUSALS: Mapping[int, Told] = {
    HTTPStatus.BAD_REQUEST: ("request-malformed", Category.REFUSAL),
    HTTPStatus.FORBIDDEN: ("page-refused", Category.REFUSAL),
    HTTPStatus.REQUEST_TIMEOUT: ("body-too-slow", Category.LIMIT),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("body-too-large", Category.LIMIT),
    HTTPStatus.TOO_MANY_REQUESTS: ("too-many-requests", Category.LIMIT),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("request-failed", Category.FAULT),
    HTTPStatus.SERVICE_UNAVAILABLE: ("not-served", Category.FAULT),
}
# Behind a sign-in or a secret link: what somebody who tries ids or links out meets.
NOT_THERE: Told = ("private-page-not-there", Category.REFUSAL)
FORGED: Told = ("form-refused", Category.REFUSAL)


class MonitorMiddleware:
    """Give each request its id, and tell a monitor of each that is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = id_of(request)
        request_ids.begin(request_id, source=_source(request))
        response = self.get_response(request)
        response[request_ids.HEADER] = request_id
        if told := _told(request, response.status_code):
            event, category = told
            match = request.resolver_match
            tell(
                event, category, by=_reference(request), method=request.method,
                page=match.url_name if match else None, status=response.status_code,
            )  # fmt: skip
        return response


def id_of(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave a request, or a new one."""
    header = request.headers.get(request_ids.HEADER, "") if settings.TRUST_PROXY_HEADERS else ""
    return request_ids.proxys_id(header) or request_ids.new_id()


def _told(request: HttpRequest, status: int) -> Told | None:
    if FORM_REFUSED in request.META:
        return FORGED
    if status == HTTPStatus.NOT_FOUND and is_private(request):
        return NOT_THERE
    return REFUSALS.get(status)


def _reference(request: HttpRequest) -> str | None:
    """Return the random reference of who is signed in, if anybody is and the database can say so."""
    with suppress(DatabaseError, AttributeError):
        if isinstance(request.user, User):
            return str(request.user.reference)
    return None


def _source(request: HttpRequest) -> str:
    return salted_hmac("privacy_portal.monitor", client_of(request)).hexdigest()[:16]


def _end(**_: object) -> None:
    request_ids.end()


request_finished.connect(_end, dispatch_uid="monitoring")
