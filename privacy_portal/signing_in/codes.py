"""Six-digit codes of authenticator apps (RFC 6238): each is taken once, by any server process."""

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from allauth.mfa.utils import decrypt
from django.db import transaction


def code_now(secret: str) -> str:
    """Return the code that an app with this secret (base32) shows now."""
    return code_at(secret, time.time())


def code_at(secret: str, at: float) -> str:
    """Return the code that an app with this secret (base32) shows at a time in seconds since 1970."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, int(at // app_settings.TOTP_PERIOD))))


def seconds_left() -> int:
    """Return how many seconds the code of now stays on the app's screen."""
    return int(app_settings.TOTP_PERIOD - time.time() % app_settings.TOTP_PERIOD)


def take(authenticator: Authenticator, code: str) -> bool:
    """Return whether the code is one of the app's that nobody has used, nor a later one; from now on it
    is used. Codes of the step before and after count too, for clocks that are wrong."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        secret, last = decrypt(held.data["secret"]), held.data.get("last", 0)
        for counter in auth.yield_hotp_counters_from_time():
            if counter > last and _is(code, secret, counter):
                held.data["last"] = counter
                held.save(update_fields=["data"])
                return True
    return False


def _is(code: str, secret: str, counter: int) -> bool:
    expected = auth.format_hotp_value(auth.hotp_value(secret, counter))
    return bool(auth.compare_user_code(actual=code, expected=expected))
