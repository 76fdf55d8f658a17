"""The key with which checkpoints are signed: a PEM file that only the program that signs may read."""

import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class NoKeyError(Exception):
    """There is no key to sign with; the message says what to do."""


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a key. Raises NoKeyError where there is none, or one of another kind."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise NoKeyError(f"The key in {path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NoKeyError(f"{path} holds no private key in PEM without a password.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKeyError(
            f"{path} holds a key of another kind. Make one with "
            "`openssl genpkey -algorithm ed25519`."
        )
    return key


def key_of_its_own(path: Path) -> Ed25519PrivateKey:
    """Return the key of an installation that was not given one, made on first use. A production server
    refuses to start with it (check `portal.E011`): a key beside the data is copied with it."""
    if not path.exists():
        partial = path.with_name(f".{path.name}-{os.getpid()}")
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(pem)
        with suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    return read_key(path)
