"""References that people read out, and secrets of links."""

import hashlib
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LETTERS = 10


def new_reference() -> str:
    """Return a reference that people can read out: three groups, no letter like another, 50 bits."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(REFERENCE_LETTERS))
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}"


def new_token() -> str:
    """Return the secret of a link: 256 random bits as 43 letters. Only `hash_of` it is stored."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return the SHA-256 of a token, 64 hexadecimal digits; 256 random bits need no slower hash."""
    return hashlib.sha256(token.encode()).hexdigest()
