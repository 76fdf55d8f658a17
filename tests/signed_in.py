"""People whom a test signs in without a password: as if they had just given it and never stopped using the
portal, however long it takes."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows import login
from allauth.account.internal.userkit import user_id_to_str
from django.test import Client

from privacy_portal.signing_in.idle import USED_AT

LATE = 4_102_444_800  # the year 2100


def prove_for_the_whole_test() -> None:
    """From now on `client.force_login` also records that they proved who they are, and are at work."""
    force_login: Callable[..., None] = Client.force_login

    def proven(client: Client, user: Any, backend: str | None = None) -> None:
        force_login(client, user, backend)
        session = client.session
        session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": LATE}]
        session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(user)
        session[USED_AT] = LATE
        session.save()

    Client.force_login = proven  # type: ignore[method-assign]
