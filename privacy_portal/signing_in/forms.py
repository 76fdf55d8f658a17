"""Forms of second factors, in the portal's own words."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.ui import fields
from privacy_portal.signing_in import codes
from privacy_portal.signing_in.telling import record_failure, tell_of_recovery_code


def _code_field(label: str, hint: str) -> fields.TextField:
    return fields.TextField(
        label,
        hint=hint,
        missing="Enter the code",
        max_length=20,
        width=10,
        autocomplete="one-time-code",
        inputmode="numeric",
        spellcheck=False,
    )


class _CodeForm(forms.Form):
    """A code of the app or a recovery code: each is taken once."""

    code = _code_field(
        "Code", "The 6 digits that your authenticator app shows, or one of your recovery codes."
    )

    def clean_code(self) -> str:
        """Return the code, now used. Raises ValidationError for a wrong or used one, and after too many
        of them."""
        user: Any = self.user  # type: ignore[attr-defined]
        forgive = check_rate_limit(user)
        code = "".join(self.cleaned_data["code"].split())
        factors = list(Authenticator.objects.filter(user=user).order_by("-type"))
        for factor in factors:
            if _takes(factor, code, user):
                factor.user = user
                self.authenticator = factor
                forgive()
                return code
        record_failure("code", user, at=days.now())
        raise ValidationError(str(get_adapter().error_messages["incorrect_code"]))


def _takes(factor: Authenticator, code: str, user: User) -> bool:
    """Use a code up if it is one of this factor; tell the user of a recovery code."""
    match factor.type:
        case Authenticator.Type.TOTP:
            return codes.take(factor, code)
        case Authenticator.Type.RECOVERY_CODES:
            recovery = factor.wrap()
            with transaction.atomic():
                taken = bool(recovery.validate_code(code))
                if taken:
                    left = len(recovery.get_unused_codes())
                    tell_of_recovery_code(user, left=left, at=days.now())
            return taken
    return False


class SecondStepForm(_CodeForm, AuthenticateForm):
    """The second step of a sign-in."""


class CodeAgainForm(_CodeForm, ReauthenticateForm):
    """A code from somebody who is signed in, before they do what matters."""


PASSKEY_WRONG = "Your passkey could not be used. Try again, or use a code"
PASSKEY_NOT_ADDED = "The passkey could not be added. Try again"


# What the library that reads a passkey raises for other JSON.
NO_PASSKEY = (ValidationError, AttributeError, KeyError, TypeError, ValueError)


class CredentialField(forms.JSONField):
    """What a browser says of a passkey, as JSON; `error` is what is said of anything else."""

    def __init__(self, error: str):
        super().__init__(
            widget=forms.HiddenInput, error_messages={"required": error, "invalid": error}
        )

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:  # nested too deeply, a number of 5,000 digits
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class _PasskeyForm(forms.Form):
    """A passkey, as the browser gives it."""

    credential = CredentialField(PASSKEY_WRONG)

    def clean_credential(self) -> Authenticator:
        """Return the passkey. Raises ValidationError for one that is not theirs, or no passkey at all; that
        is logged."""
        try:
            passkey: Authenticator = super().clean_credential()  # type: ignore[misc]
        except NO_PASSKEY as error:
            user: Any = self.user  # type: ignore[attr-defined]
            record_failure("passkey", user, at=days.now())
            raise ValidationError(PASSKEY_WRONG) from error
        return passkey


class PasskeyForm(_PasskeyForm, AuthenticateWebAuthnForm):
    """A passkey as the second step of a sign-in."""


class PasskeyAloneForm(_PasskeyForm, LoginWebAuthnForm):
    """A passkey as the whole of a sign-in."""


class PasskeyAgainForm(_PasskeyForm, ReauthenticateWebAuthnForm):
    """A passkey from somebody who is signed in, before they do what matters."""


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey that somebody adds; the name tells it from their others."""

    name = fields.TextField(
        "Name of this passkey",
        hint="So that you know it again. For example, ‘Work laptop’.",
        max_length=100,
        width=20,
    )
    credential = CredentialField(PASSKEY_NOT_ADDED)

    def clean(self) -> dict[str, Any]:
        """Read the passkey. Raises ValidationError for anything else."""
        try:
            values: dict[str, Any] = super().clean()
        except NO_PASSKEY as error:
            raise ValidationError({"credential": PASSKEY_NOT_ADDED}) from error
        return values


class ConnectAppForm(ActivateTOTPForm):
    """The first code of an app that is being connected."""

    code = _code_field("Code from your app", "The 6 digits that your app shows now.")

    def clean_code(self) -> str:
        """Return the code. Raises ValidationError for one of another picture than the page showed last: each
        time that it is opened it shows another."""
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        try:
            return str(super().clean_code())
        except ValidationError as error:
            if str(get_adapter().error_messages["incorrect_code"]) not in error.messages:
                raise
            raise ValidationError(
                "Code is wrong. Scan the picture on this page, then enter the code that your app shows"
            ) from error
