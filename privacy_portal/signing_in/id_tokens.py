"""The id token with which the provider says who signed in: verified in full before anything is believed.

OpenID Connect Core 1.0, 3.1.3.7. The signature is verified too, though the token came over TLS.
"""

from dataclasses import dataclass
from typing import Any

import jwt
from django.utils.crypto import constant_time_compare

from privacy_portal.environment import Provider

# Signatures by keys of which the provider alone has the private half.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nonce")
# For clocks that differ.
LEEWAY_SECONDS = 60
MOST_CHARACTERS = 255


class RefusedError(Exception):
    """What came back from the provider proves nothing. The words are for the server's own log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in at the provider: a subject of a tenant. `both_steps`: with a second step; `proven_at`:
    when, in seconds since 1970, 0 if the provider does not say."""

    issuer: str
    tenant: str
    subject: str
    both_steps: bool
    proven_at: int


def identity(
    token: str, key_set: dict[str, Any], *, issuer: str, provider: Provider, nonce: str
) -> Identity:
    """Return whom a token is about. Raises RefusedError unless the issuer signed it, for this portal and
    this sign-in (`nonce`), it has not expired, and the person is of the one tenant that counts."""
    claims = _verified(token, key_set, issuer=issuer, client_id=provider.client_id)
    if not constant_time_compare(str(claims["nonce"]), nonce):
        raise RefusedError("the token is of another sign-in")
    if provider.tenant and claims.get("tid") != provider.tenant:
        raise RefusedError("the person is of another tenant")
    subject, when, ways = claims["sub"], claims.get("auth_time"), claims.get("amr")
    if not subject or len(subject) > MOST_CHARACTERS or "\0" in subject:
        raise RefusedError("the token names nobody")
    return Identity(
        issuer=issuer,
        tenant=provider.tenant or issuer,
        subject=subject,
        both_steps=isinstance(ways, list) and "mfa" in ways,
        proven_at=int(when) if isinstance(when, int | float) else 0,
    )


def _verified(
    token: str, key_set: dict[str, Any], *, issuer: str, client_id: str
) -> dict[str, Any]:
    """Return the claims of a token that this issuer signed for this portal and that has not expired."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(token, key_set),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": list(CLAIMS)},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise RefusedError(f"the token is not valid: {type(error).__name__}") from error
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise RefusedError("the token was made for another portal")
    return claims


def _key(token: str, key_set: dict[str, Any]) -> jwt.PyJWK:
    """Return the key of the issuer's that the token names, or their only one."""
    name = jwt.get_unverified_header(token).get("kid")
    signing = [
        key for key in jwt.PyJWKSet.from_dict(key_set).keys if key.public_key_use in (None, "sig")
    ]
    named = [key for key in signing if key.key_id == name] if name else signing
    if len(named) != 1:
        raise RefusedError("the token names no key of the provider")
    return named[0]
