"""What a person and the log are told when their way of signing in changes."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.ui.environment import count

# By the name of allauth's own mail, or of one like it: the event of the log, and what the mail says.
CHANGES = {
    "mfa/email/totp_activated": ("app-connected", "an authenticator app was connected"),
    "mfa/email/totp_replaced": ("app-replaced", "your authenticator app was replaced"),
    "mfa/email/totp_deactivated": ("app-removed", "your authenticator app was disconnected"),
    "mfa/email/recovery_codes_generated": ("codes-made", "new recovery codes were made"),
    "mfa/email/webauthn_added": ("passkey-added", "a passkey was added"),
    "mfa/email/webauthn_removed": ("passkey-removed", "a passkey was removed"),
    "single-sign-on/connected": (
        "single-sign-on-connected", "an account to sign in with was connected (single sign-on)",
    ),
    "single-sign-on/disconnected": (
        "single-sign-on-disconnected", "single sign-on was disconnected",
    ),
}  # fmt: skip


def tell_of(change: str, user: User, *, at: datetime, by: User | None = None) -> None:
    """Mail a change of second factors to whose they are, and log it; others of allauth's are told by the
    portal itself. `by` is who did it, if not they."""
    if change not in CHANGES:
        return
    event, words = CHANGES[change]
    tell(event, words, user, at=at, by=by or user)


def record_failure(step: str, user: User | None, *, at: datetime) -> None:
    """Log a step of a sign-in that failed (`password`, `code`, `passkey`, `single-sign-on`), of whom if that
    is known (L6)."""
    with transaction.atomic():
        log.record("sign-in-failed", at=at, by=user, step=step)


def tell_of_recovery_code(user: User, *, left: int, at: datetime) -> None:
    """Mail somebody that one of their recovery codes was used and how many are left, and log it: whoever
    found the codes signs in by them."""
    words = f"one of your recovery codes was used ({count(left, 'code')} left)"
    tell("recovery-code-used", words, user, at=at, by=user)


def tell(event: str, words: str, user: User, *, at: datetime, by: User | None) -> None:
    """Mail somebody that this was done to their account, and log it."""
    letter = Letter(
        key=f"{event}/{user.reference}/{at.isoformat()}",
        to=user.email,
        template="accounts/factor-changed",
        context={
            "what": words,
            "at": at,
            "by_another": by is not None and by.pk != user.pk,
            "link": address(reverse("account_reset_password")),
            **signature(),
        },
    )
    with transaction.atomic():
        write([letter], at=at)
        log.record(event, at=at, by=by, person=str(user.reference))
