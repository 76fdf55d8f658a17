"""Addresses for tests, beside the portal's own: pages that forgot to ask whose pupils somebody may see."""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path

from consent.models import Pupil
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.urls import urlpatterns as of_the_portal


def role() -> list[str]:
    """The role of the connection, whose schools count for it, and which process serves it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, coalesce(current_setting('portal.staff', true), ''), "
            "pg_backend_pid()::text"
        )
        return list(cursor.fetchone())


@open_to(Action.USE_OWN_ACCOUNT)
def every_row(request: HttpRequest, model: str) -> HttpResponseBase:
    """The keys of every row there is of a model."""
    rows = apps.get_model(model)._default_manager.values_list("pk", flat=True)
    return JsonResponse([str(number) for number in rows], safe=False)


@open_to(Action.USE_OWN_ACCOUNT)
def fails(request: HttpRequest) -> HttpResponseBase:
    """A page that an error of our own ends."""
    assert role()[0] == "portal_restricted"
    raise ValueError("on purpose")


@open_to(Action.USE_OWN_ACCOUNT)
def fails_in_the_database(request: HttpRequest) -> HttpResponseBase:
    """A page whose transaction fails while it works beyond the user's own schools."""
    try:
        with transaction.atomic(), beyond_own_schools(), connection.cursor() as cursor:
            assert role()[0] != "portal_restricted"
            cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        return JsonResponse(role(), safe=False)
    raise AssertionError("nothing failed")


@open_to(Action.USE_OWN_ACCOUNT)
def goes_beyond(request: HttpRequest) -> HttpResponseBase:
    """How many pupils a page sees before, while and after it works beyond the user's own schools."""
    numbers = [Pupil.objects.count()]
    with beyond_own_schools():
        numbers.append(Pupil.objects.count())
        with transaction.atomic(), beyond_own_schools():
            numbers.append(Pupil.objects.count())
    return JsonResponse([*numbers, Pupil.objects.count()], safe=False)


@open_to(Action.USE_OWN_ACCOUNT)
def connects_anew(request: HttpRequest) -> HttpResponseBase:
    """How many pupils a page sees on a connection that was made while it is served."""
    connection.close()
    return JsonResponse(Pupil.objects.count(), safe=False)


@open_to(Action.USE_OWN_ACCOUNT)
def streams(request: HttpRequest) -> HttpResponseBase:
    """The number of pupils, asked while the response is sent."""

    def pieces() -> Iterator[bytes]:
        for _ in range(2):
            yield f"{Pupil.objects.count()} ".encode()

    return StreamingHttpResponse(pieces())


def of_the_public(request: HttpRequest) -> HttpResponseBase:
    """A page for everybody: what the connection may do, and how many pupils it sees."""
    return JsonResponse([*role(), Pupil.objects.count()], safe=False)


urlpatterns = [
    path("forgetful/rows/<model>/", every_row),
    path("forgetful/fails/", fails),
    path("forgetful/fails-in-the-database/", fails_in_the_database),
    path("forgetful/beyond/", goes_beyond),
    path("forgetful/anew/", connects_anew),
    path("forgetful/streams/", streams),
    path("forgetful/public/", of_the_public),
    *of_the_portal,
]
