"""Somebody with a password and an authenticator app."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from privacy_portal.ground.accounts.models import User
from privacy_portal.signing_in.codes import code_now
from tests.factories.ground import OfficerFactory

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
