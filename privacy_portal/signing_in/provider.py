"""The provider of single sign-on (OpenID Connect): what it says of itself, and what it is asked.

Only the code flow, with PKCE (RFC 7636). Nothing is asked for but who somebody is: no email address, no
name, and no access to anything of theirs.
"""

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import requests
from django.conf import settings

from privacy_portal.environment import Provider
from privacy_portal.signing_in.id_tokens import RefusedError

DISCOVERY = "/.well-known/openid-configuration"
# What Microsoft Entra writes in place of the tenant where the issuer is that of all tenants.
ANY_TENANT = "{tenantid}"
# To connect, and between two pieces of an answer.
_TIMEOUT = (3, 5)


class AwayError(Exception):
    """The provider does not answer, or not as a provider does."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself."""

    issuer: str
    authorization: str
    token: str
    keys: str
    takes_basic: bool
    names_itself: bool


def metadata(provider: Provider) -> Metadata:
    """Return what the provider says of itself now. Raises AwayError, also for one that says to be another
    or has addresses without TLS."""
    document = _json("GET", provider.issuer.rstrip("/") + DISCOVERY)
    try:
        issuer = str(document["issuer"])
        ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        facts = Metadata(
            issuer=issuer.replace(ANY_TENANT, provider.tenant) if provider.tenant else issuer,
            authorization=str(document["authorization_endpoint"]),
            token=str(document["token_endpoint"]),
            keys=str(document["jwks_uri"]),
            takes_basic="client_secret_basic" in ways,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )
    except (KeyError, TypeError) as error:
        raise AwayError(f"the provider does not say {error}") from error
    if issuer != provider.issuer and not (provider.tenant and ANY_TENANT in issuer):
        raise AwayError("the provider says to be another")
    scheme = provider.issuer.partition(":")[0] + "://"
    if not all(way.startswith(scheme) for way in (facts.authorization, facts.token, facts.keys)):
        raise AwayError("the provider has addresses without TLS")
    return facts


def sign_in_address(
    provider: Provider,
    facts: Metadata,
    *,
    back: str,
    state: str,
    nonce: str,
    verifier: str,
    afresh: bool,
) -> str:
    """Return the address at the provider where somebody signs in; `afresh`: even if they are signed in
    there already, perhaps as somebody else. `verifier` is PKCE's, told when the code is exchanged."""
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
    parameters = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        # With an age asked for, the provider says when they proved who they are.
        "max_age": "0" if afresh else str(settings.SESSION_COOKIE_AGE),
    }
    if afresh:
        parameters["prompt"] = "login"
    mark = "&" if "?" in facts.authorization else "?"
    return f"{facts.authorization}{mark}{urlencode(parameters)}"


def id_token(provider: Provider, facts: Metadata, *, code: str, verifier: str, back: str) -> str:
    """Return the id token for a code, not verified. Raises RefusedError where the provider does not take
    the code, and AwayError."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    auth = None
    if facts.takes_basic:
        # RFC 6749, 2.3.1: both are encoded as in a form first.
        auth = (quote(provider.client_id, safe=""), quote(provider.secret, safe=""))
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.secret}
    answer = _json("POST", facts.token, data=form, auth=auth, takes=(200, 400))
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise RefusedError("the provider gave no id token for the code")
    return token


def keys(facts: Metadata) -> dict[str, Any]:
    """Return the keys that the provider signs with. Raises AwayError."""
    return _json("GET", facts.keys)


def _json(
    method: str, address: str, takes: tuple[int, ...] = (200,), **options: Any
) -> dict[str, Any]:
    try:
        answer = requests.request(
            method, address, timeout=_TIMEOUT, allow_redirects=False, **options
        )
        content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise AwayError(f"{type(error).__name__} at the provider") from error
    if answer.status_code not in takes or not isinstance(content, dict):
        raise AwayError(f"the provider answered {answer.status_code}")
    return content
