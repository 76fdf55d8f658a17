"""The environment, and `.env`, from which the settings are read; what cannot be read is named."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
_AGAIN = "Set another in the environment or in .env."

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def number(name: str, default: int, *, most: int = 2**31 - 1) -> int:
    """Return a whole number from 1 to `most`. Raises ImproperlyConfigured."""
    text = env.str(name, str(default))
    digits = text.isascii() and text.isdigit() and len(text) <= 10
    if not digits or not 1 <= int(text) <= most:
        raise ImproperlyConfigured(
            f"{name} must be a number from 1 to {most}, not {text!r}. {_AGAIN}"
        )
    return int(text)


def database() -> dict[str, Any] | None:
    """Return the database that DATABASE_URL names; None without it. Raises ImproperlyConfigured."""
    if not env.str("DATABASE_URL", ""):
        return None
    sentence = f"DATABASE_URL must name a PostgreSQL server: postgres://… {_AGAIN}"
    if not env.str("DATABASE_URL").startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(sentence)
    try:
        configuration: dict[str, Any] = env.db_url("DATABASE_URL")
    except ValueError as error:
        raise ImproperlyConfigured(sentence) from error
    return configuration


def mail_server() -> dict[str, Any]:
    """Return the settings of the mail server that EMAIL_URL names. Raises ImproperlyConfigured."""
    try:
        configuration: dict[str, Any] = env.email_url("EMAIL_URL")
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            f"EMAIL_URL must name a mail server: smtp+tls://… {_AGAIN}"
        ) from error
    return configuration


def virus_scanner() -> str | tuple[str, int] | None:
    """Return where CLAMAV_SOCKET says that ClamAV's daemon listens: a path, or a host and a port; None
    without it. Raises ImproperlyConfigured."""
    text = env.str("CLAMAV_SOCKET", "").strip()
    if not text or text.startswith("/"):
        return text or None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ImproperlyConfigured(
            f"CLAMAV_SOCKET must be the path of a socket or host:port, not {text!r}. {_AGAIN}"
        )
    return host.strip("[]"), int(port)


@dataclass(frozen=True, slots=True)
class Provider:
    """Who signs staff in besides the portal: an OpenID Connect provider, and the one tenant of it that
    counts (empty: the provider has no tenants)."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    tenant: str
    name: str


def single_sign_on(*, plain_http: bool) -> Provider | None:
    """Return the provider that OIDC_ISSUER names; None without it. `plain_http` allows one without TLS, on
    this machine alone. Raises ImproperlyConfigured."""
    issuer = env.str("OIDC_ISSUER", "").strip()
    if not issuer:
        return None
    if not issuer.startswith(("https://", "http://") if plain_http else "https://"):
        raise ImproperlyConfigured(
            f"OIDC_ISSUER must begin with https://, not {issuer!r}. {_AGAIN}"
        )
    known = {name: env.str(name, "").strip() for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")}
    if missing := [name for name, text in known.items() if not text]:
        raise ImproperlyConfigured(f"OIDC_ISSUER is set without {' and '.join(missing)}. {_AGAIN}")
    return Provider(
        issuer=issuer,
        client_id=known["OIDC_CLIENT_ID"],
        secret=known["OIDC_CLIENT_SECRET"],
        tenant=env.str("OIDC_TENANT", "").strip(),
        name=env.str("OIDC_NAME", "").strip() or "your council account",
    )
