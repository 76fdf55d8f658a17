"""Replacing a password: by the link of a mail when it is forgotten, or while signed in.

Either way it is logged, the person is told by mail, and every other session of theirs ends.
"""

from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits.counting import attempt
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.ground.monitor.lines import Category, tell

LINKS_AN_HOUR = 5


class LinkUsedError(PermissionDenied):
    """The link was used a moment ago, or the account was closed meanwhile."""

    def __init__(self) -> None:
        super().__init__("This link has been used already. Ask for a new one on the sign-in page.")


def send_link(email: str, *, at: datetime) -> None:
    """Mail the link that sets a new password to whom the address belongs.

    An address without an account gets nothing: the form would be a way to write to strangers.
    A closed account gets a mail that says so. At most 5 mails an hour go to one address.
    """
    user = User.objects.filter(email__iexact=email).first()
    hour = timedelta(hours=1)
    if user is None or not attempt(
        "password-link-to", email.lower(), most=LINKS_AN_HOUR, within=hour, at=at
    ):
        return
    template = "password-link" if user.is_active else "password-closed"
    secret = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
    context = {
        "link": address(reverse("account_reset_password_from_key", args=secret)),
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        **signature(),
    }
    key = f"{template}/{user.reference}/{at.isoformat()}"
    with transaction.atomic():
        write(
            [Letter(key=key, to=user.email, template=f"accounts/{template}", context=context)],
            at=at,
        )
    tell("password-link-sent", Category.SIGN_IN, person=str(user.reference))


def check_link(user: User, secret: str) -> None:
    """Raise LinkUsedError unless the secret of a link still sets this person's password."""
    if not user.is_active or not default_token_generator.check_token(user, secret):
        raise LinkUsedError


def replace(user: User, password: str, *, at: datetime, secret: str = "") -> None:
    """Set a new password; other sessions end with it. `secret` is that of the link, if by one.

    Raises LinkUsedError where the link was used by somebody else at the same moment.
    """
    with transaction.atomic():
        now = User.objects.select_for_update().get(pk=user.pk)
        if secret:
            check_link(now, secret)
        user.set_password(password)
        user.save(update_fields=["password"])
        letter = Letter(
            key=f"password-changed/{user.reference}/{at.isoformat()}",
            to=user.email,
            template="accounts/password-changed",
            context={
                "at": at,
                "link": address(reverse("account_reset_password")),
                **signature(),
            },
        )
        write([letter], at=at)
        log.record("password-changed", at=at, by=user, how="link" if secret else "signed-in")
