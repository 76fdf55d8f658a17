"""Single sign-on: begun here, proven at the council's provider, and ended here with who it was.

Who signs in is the person whose account the subject is connected to. Nothing else of what the provider
says is looked at, email addresses least of all.
"""

import secrets
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from privacy_portal.environment import Provider
from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.mail.writing import address
from privacy_portal.signing_in import id_tokens, provider
from privacy_portal.signing_in.id_tokens import Identity, RefusedError

# How a session records that it began here, and that the provider asked for a second step too.
STEP, SECOND_STEP = "single-sign-on", "second-step-of-provider"
_BEGUN = "single_sign_on"
# So long somebody may take at the provider.
_SECONDS = 10 * 60


class Purpose(StrEnum):
    """What somebody goes to the provider for."""

    SIGN_IN = "sign-in"
    CONNECT = "connect"
    SET_UP = "set-up"


class NotBegunError(Exception):
    """Somebody comes back who did not begin in this session, or too long ago."""


class CancelledError(Exception):
    """Somebody turned back at the provider, or the provider would not let them on."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What the session remembers while somebody is at the provider. `user` is whose account it is about, 0
    for a sign-in; `stamp` changes with their password."""

    purpose: str
    state: str
    nonce: str
    verifier: str
    next: str
    user: int
    stamp: str
    at: float


def begin(
    request: HttpRequest,
    provider_: Provider,
    purpose: Purpose,
    *,
    user: User | None = None,
    next_: str = "",
    another: bool = False,
) -> str:
    """Remember that somebody goes to the provider, and return the address there; `another`: to sign in with
    another account than there now. Raises AwayError."""
    facts = provider.metadata(provider_)
    begun = Begun(
        purpose=purpose,
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        next=next_,
        user=user.pk if user else 0,
        stamp=stamp_of(user) if user else "",
        at=time.time(),
    )
    request.session[_BEGUN] = asdict(begun)
    return provider.sign_in_address(
        provider_,
        facts,
        back=_back(),
        state=begun.state,
        nonce=begun.nonce,
        verifier=begun.verifier,
        # Whoever is signed in there now may be somebody else who used this computer.
        afresh=another or purpose is not Purpose.SIGN_IN,
    )


def finish(request: HttpRequest, provider_: Provider) -> tuple[Begun, Identity]:
    """Return what was begun, and who signed in at the provider. Each beginning ends once.

    Raises NotBegunError, CancelledError, RefusedError and AwayError.
    """
    begun = _begun(request)
    facts = provider.metadata(provider_)
    names_itself = facts.names_itself or "iss" in request.GET
    if names_itself and request.GET.get("iss") != facts.issuer:
        raise RefusedError("the answer is of another provider")
    if request.GET.get("error") or not request.GET.get("code"):
        raise CancelledError
    token = provider.id_token(
        provider_, facts, code=request.GET["code"], verifier=begun.verifier, back=_back()
    )
    identity = id_tokens.identity(
        token, provider.keys(facts), issuer=facts.issuer, provider=provider_, nonce=begun.nonce
    )
    afresh = begun.purpose != Purpose.SIGN_IN
    if afresh and identity.proven_at < begun.at - id_tokens.LEEWAY_SECONDS:
        raise RefusedError("the provider did not ask again who it is")
    return begun, identity


def person_of(identity: Identity) -> User | None:
    """Return the person whose account here is connected to this one, if they may still sign in."""
    account = _held(identity)
    return account.user if account and account.user.is_active else None


def sign_in(request: HttpRequest, user: User, identity: Identity, *, next_: str) -> HttpResponse:
    """Sign somebody in, and return the page that follows: that of the second step where the provider asked
    for none. The time is that of the proof, which for the provider may be hours ago."""
    if request.user.is_authenticated:
        logout(request)
    steps = (STEP, SECOND_STEP) if identity.both_steps else (STEP,)
    for step in steps:
        record_authentication(request, user, step, at=min(identity.proven_at, time.time()))
    response: HttpResponse = perform_login(request, user, redirect_url=next_ or None)
    return response


def proved_both_steps(request: HttpRequest, user: User) -> bool:
    """Return whether the last thing that somebody proved in this session were both steps, at the provider."""
    records = get_authentication_records(request, user)
    return bool(records) and records[-1]["method"] == SECOND_STEP


def set_up(request: HttpRequest, begun: Begun, identity: Identity, *, at: datetime) -> User:
    """Connect the account of somebody who was sent a link and has set no password, and return them; the
    link ends with it. Raises NotNowError where the link has ended meanwhile, and as `connect` does."""
    with transaction.atomic():
        user = _lock(begun.user)
        if not user.is_active or user.has_way_in() or stamp_of(user) != begun.stamp:
            raise NotNowError("The link has been used already, or your access has ended.")
        user.set_unusable_password()
        user.save(update_fields=["password"])
        connect(request, user, identity, at=at)
    return user


def connect(request: HttpRequest, user: User, identity: Identity, *, at: datetime) -> None:
    """Connect somebody's account here to theirs at the provider, tell them, and end their other sessions.
    Raises NotNowError where either is connected already."""
    with transaction.atomic():
        _lock(user.pk)
        if ConnectedAccount.objects.filter(user=user).exists():
            raise NotNowError("You have connected an account already. Disconnect it first.")
        try:
            with transaction.atomic():
                ConnectedAccount.objects.create(
                    user=user,
                    issuer=identity.issuer,
                    tenant=identity.tenant,
                    subject=identity.subject,
                    connected_at=at,
                )
        except IntegrityError as error:
            raise NotNowError(
                "Somebody else here has connected the account that you signed in with. "
                "Check whose account it was, and try again with your own."
            ) from error
        get_adapter(request).send_notification_mail("single-sign-on/connected", user)


def check_can_disconnect(user: User) -> None:
    """Raise NotNowError, with the reason, unless somebody could still sign in without it."""
    if not user.has_usable_password():
        raise NotNowError("Set a password first. Without one you could not sign in.")


def disconnect(request: HttpRequest, user: User) -> None:
    """End single sign-on for somebody, tell them, and end their other sessions. Raises NotNowError."""
    with transaction.atomic():
        user = _lock(user.pk)
        check_can_disconnect(user)
        if forget(user):
            get_adapter(request).send_notification_mail("single-sign-on/disconnected", user)


def forget(user: User) -> bool:
    """Delete what connects somebody to an account at the provider; return whether there was anything.
    Belongs in a transaction that holds the user."""
    number, _ = ConnectedAccount.objects.filter(user=user).delete()
    return number > 0


def stamp_of(user: User) -> str:
    """Return what changes with the password: an unusable one has random characters of its own."""
    return sha256(user.password.encode()).hexdigest()[:16]


def _begun(request: HttpRequest) -> Begun:
    stored = request.session.pop(_BEGUN, None)
    begun = Begun(**stored) if stored else None
    state = request.GET.get("state", "")
    if begun is None or not constant_time_compare(state.encode(), begun.state.encode()):
        raise NotBegunError
    if not 0 <= time.time() - begun.at <= _SECONDS:
        raise NotBegunError
    return begun


def _back() -> str:
    """Return the address that the provider sends people back to, as it is registered there."""
    return address(reverse("single-sign-on-back"))


def _held(identity: Identity) -> ConnectedAccount | None:
    account: ConnectedAccount | None = (
        ConnectedAccount.objects.select_related("user")
        .filter(issuer=identity.issuer, tenant=identity.tenant, subject=identity.subject)
        .first()
    )
    return account


def _lock(number: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=number)
