"""Nothing that somebody sent waits for ever: in time a page says that it was not received (H4)."""

from collections.abc import Callable
from threading import BoundedSemaphore

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from privacy_portal.ground import locks
from privacy_portal.ground.limits.pacing import sent_fields

AGAIN_AFTER = "10"
SAFE = ("GET", "HEAD", "OPTIONS")
_ROOM = "_has_room"


def limit_waiting(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Limit how long a connection of the web server waits for a lock, or lies idle in a
    transaction."""
    waits, pauses = settings.LOCK_SECONDS, settings.STALL_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), "
            "set_config('idle_in_transaction_session_timeout', %s, false)",
            [f"{round(1000 * waits)}ms", f"{round(1000 * pauses)}ms"],
        )


class WaitingMiddleware:
    """Offer to send a form again where a lock was waited for in vain or no room is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response
        self.room = BoundedSemaphore(settings.FORMS_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with connection.execute_wrapper(locks.WaitLimit(settings.LOCK_SECONDS)):
                return self.get_response(request)
        finally:
            if getattr(request, _ROOM, False):
                self.room.release()

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        """Take a place once the form's token was checked: no other site's form is offered again."""
        if request.method in SAFE:
            return None
        if not self.room.acquire(blocking=False):
            return send_again(request)
        setattr(request, _ROOM, True)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return send_again(request) if locks.waited_in_vain(error) else None


def send_again(request: HttpRequest) -> HttpResponse:
    """Say that nothing was received, and offer to send it again, but no files or passwords."""
    sent = sent_fields(request)
    secret = any("password" in name for name, _ in sent)
    context = {
        "address": request.get_full_path(),
        "form_sent": request.method not in SAFE,
        "fields": sent,
        "file": bool(request.FILES),
        "again": request.method == "POST" and not request.FILES and not secret,
    }
    response = render(request, "errors/again.html", context, status=503)
    response["Retry-After"] = AGAIN_AFTER
    response["Cache-Control"] = "no-store"
    return response
