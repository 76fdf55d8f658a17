"""Secrets of second factors, sealed before they are stored: a copy of the database lets nobody in."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"privacy_portal.signing_in.sealing"


def seal(text: str) -> str:
    """Return the text encrypted with a key made from SECRET_KEY."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text again, also where it was sealed under one of SECRET_KEY_FALLBACKS.

    Raises cryptography.fernet.InvalidToken for what was sealed under another key, or changed.
    """
    return _keys().decrypt(sealed.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet(
        Fernet(_key(str(secret)))
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
