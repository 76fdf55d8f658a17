"""Somebody with a password and an authenticator app, and providers of single sign-on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine as clocks
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.signing_in.codes import code_now
from tests.example import NOON
from tests.factories.ground import OfficerFactory
from tests.single_sign_on import TENANT, Visitor, configured, providers

SIGN_IN = "/accounts/login/"


@pytest.fixture
def secret() -> str:
    return str(generate_totp_secret())


@pytest.fixture
def person(policy: None, secret: str) -> User:
    user = OfficerFactory(email="person@example.org")
    TOTP.activate(user, secret)
    return user


@pytest.fixture
def sign_in(client: Client, person: User, secret: str) -> Callable[..., object]:
    """Sign in with password and code; returns the page that follows."""

    def signed_in(code: str = "", password: str = "x") -> object:
        client.post(SIGN_IN, {"login": person.email, "password": password})
        return client.post(
            "/accounts/2fa/authenticate/", {"code": code or code_now(secret)}, follow=True
        )

    return signed_in


@pytest.fixture(scope="session")
def issuers() -> Iterator[list[str]]:
    """Two providers of single sign-on."""
    with (
        clocks.travel(NOON, tick=True),
        providers("http://testserver", NOON.timestamp(), number=2) as found,
    ):
        yield found


@pytest.fixture
def provided(settings: Any, issuers: list[str]) -> None:
    """The portal with single sign-on at the first of them."""
    settings.PORTAL_ADDRESS = "http://testserver"
    settings.SINGLE_SIGN_ON = configured(issuers[0])


@pytest.fixture
def connected(person: User, issuers: list[str]) -> ConnectedAccount:
    """The person's account there: Ann's."""
    return ConnectedAccount.objects.create(
        user=person, issuer=issuers[0], tenant=TENANT, subject="ann", connected_at=NOON
    )


@pytest.fixture
def ann() -> Visitor:
    return Visitor("ann")
