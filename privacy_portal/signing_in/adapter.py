"""How allauth behaves here: staff are given accounts, nobody makes their own; what happens is logged."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from privacy_portal.ground import days
from privacy_portal.ground.accounts import recently, typed
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.limits.counting import client_of
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.monitor.lines import Category, tell
from privacy_portal.signing_in import browsers, telling

# Errors of forms that stop who tried too often.
TOO_MANY = frozenset({"too_many_login_attempts", "rate_limited"})
# Of a request that comes by a socket, or whose proxy says nothing that is an address.
NO_ADDRESS = "0.0.0.0"  # noqa: S104


class StaffAccountAdapter(DefaultAccountAdapter):
    """No sign-up; users are created by the council."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": (
            "Too many wrong passwords or codes. Try again in 5 minutes, or reset your password."
        ),
        "email_password_mismatch": "The email address or password is wrong.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, level: int, *args: object, **kwargs: Any) -> None:
        """Show why something was refused; of what was done the page that follows says enough."""
        if message := kwargs.get("message"):
            messages.add_message(request, level, message)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count by: the proxy's word where it is trusted."""
        address = client_of(request)
        try:
            return str(ip_address(address))
        except ValueError:
            return NO_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Return whether somebody must prove who they are before they change how they sign in: unless
        they did it a moment ago, or have no second factor yet and are setting up their first."""
        return not recently.did(context.request)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Return the error of a form, and tell a monitor where it stops who tried too often."""
        if code in TOO_MANY:
            tell("too-many-sign-ins", Category.LIMIT)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def is_safe_url(self, url: str | None) -> bool:
        """Return whether an address leads to the portal; what is no address does not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_login_stages(self) -> list[str]:
        """Return what a sign-in goes through, with a second step that the provider may have asked for."""
        own = {
            "allauth.mfa.stages.AuthenticateStage": "privacy_portal.signing_in.stages.SecondStepStage"
        }
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password, of whom if there is such an account."""
        user = User.objects.filter(email__iexact=credentials.get("email") or "").first()
        telling.record_failure("password", user, at=days.now())

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Log that somebody signed in, with which steps."""
        with transaction.atomic():
            log.record("signed-in", at=days.now(), by=user, steps=recently.steps(request))
            browsers.note(request, user, at=days.now())
        if typed.kept_for(request.session, user):
            kwargs["redirect_url"] = reverse("account_kept")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        typed.remember(response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """End the session, and tell a monitor whose."""
        if isinstance(request.user, User):
            tell("signed-out", Category.SIGN_IN, by=str(request.user.reference))
        super().logout(request)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody, and the log, that their way of signing in was changed; every other session of
        theirs ends, which may have begun without what was added."""
        if template_prefix in telling.CHANGES:
            this = self.request.session.session_key
            for session in UserSession.objects.filter(user=user).exclude(session_key=this):
                session.end()
        telling.tell_of(template_prefix, user, at=days.now())
