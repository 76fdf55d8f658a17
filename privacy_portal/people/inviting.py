"""The link by mail with which somebody who was added sets their first password, or connects the account
that they sign in with.

The link holds no secret that is stored: it is signed, ends after 7 days, and stops working as soon as
either is done, since it is signed over the password before.
"""

from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.core import signing
from django.db import transaction
from django.urls import reverse

from notices.queries import signature
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.limits.counting import attempt
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.queries import has_failed
from privacy_portal.ground.mail.writing import Letter, address, write
from privacy_portal.signing_in.single_sign_on import stamp_of

LINK_DAYS = 7
LINKS_A_DAY = 5
DAY = timedelta(days=1)
_SALT = "privacy_portal.people.inviting"


def link_for(user: User) -> str:
    """Return the full address that sets the first password of somebody who was added."""
    token = signing.dumps([str(user.reference), stamp_of(user)], salt=_SALT)
    return address(reverse("account_welcome", args=[token]))


def invite(user: User, *, at: datetime) -> None:
    """Mail somebody the link that sets their first password. Belongs in a transaction.

    Their address counts as verified: nobody else can follow the link.
    """
    EmailAddress.objects.get_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True, "verified": True}
    )
    letter = Letter(
        key=f"{_key(user)}{at.isoformat()}",
        to=user.email,
        template="people/welcome",
        context={"name": user.name, "link": link_for(user), "days": LINK_DAYS, **signature()},
    )
    write([letter], at=at)


def is_unsent(user: User) -> bool:
    """Return whether the last email with the link could not be sent; 1 query."""
    return has_failed(_key(user))


def check_can_invite(user: User) -> None:
    """Raise NotNowError, with the reason, unless somebody still needs the link."""
    if not user.is_active:
        raise NotNowError("This account is deactivated.")
    if not user.roles:
        raise NotNowError("We email the link once a second person agrees to the roles.")
    if user.has_usable_password():
        raise NotNowError("They have set a password. If they forgot it, they can reset it.")
    if user.has_way_in():
        raise NotNowError("They sign in by single sign-on. Reset it if they no longer can.")


def invite_again(user: User, *, by: User, at: datetime) -> None:
    """Mail the link once more. Raises NotNowError where it is not needed, or too many were sent."""
    check_can_invite(user)
    if not attempt("welcome-link-to", str(user.reference), most=LINKS_A_DAY, within=DAY, at=at):
        raise NotNowError(f"We sent {LINKS_A_DAY} links today. Try again tomorrow.")
    with transaction.atomic():
        invite(user, at=at)
        log.record("link-sent-again", at=at, by=by, person=str(user.reference))


def invited(token: str) -> User | None:
    """Return whom the token of a link is for; None for one that is not ours, has ended, or was used."""
    try:
        reference, stamp = signing.loads(token, salt=_SALT, max_age=timedelta(days=LINK_DAYS))
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(reference=reference, is_active=True).first()
    return user if user and not user.has_way_in() and stamp == stamp_of(user) else None


def password_path(user: User) -> str:
    """Return the path of the page on which somebody who was sent the link sets their password."""
    secret = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
    return reverse("account_reset_password_from_key", args=secret)


def _key(user: User) -> str:
    return f"welcome/{user.reference}/"
