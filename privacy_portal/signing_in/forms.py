"""Forms of second factors, in the portal's own words."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground.ui import fields
from privacy_portal.signing_in import codes


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
            if _takes(factor, code):
                factor.user = user
                self.authenticator = factor
                forgive()
                return code
        if factors:
            self._emit_authentication_failed(factors[0])  # type: ignore[attr-defined]
        raise ValidationError(str(get_adapter().error_messages["incorrect_code"]))


def _takes(factor: Authenticator, code: str) -> bool:
    match factor.type:
        case Authenticator.Type.TOTP:
            return codes.take(factor, code)
        case Authenticator.Type.RECOVERY_CODES:
            return bool(factor.wrap().validate_code(code))
    return False


class SecondStepForm(_CodeForm, AuthenticateForm):
    """The second step of a sign-in."""


class CodeAgainForm(_CodeForm, ReauthenticateForm):
    """A code from somebody who is signed in, before they do what matters."""


PASSKEY_WRONG = "Your passkey could not be used. Try again, or use a code"


class PasskeyForm(AuthenticateWebAuthnForm):
    """A passkey as the second step of a sign-in."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey. Raises ValidationError for one that is not theirs, or no passkey at all."""
        try:
            return super().clean_credential()
        except ValidationError as error:
            raise ValidationError(PASSKEY_WRONG) from error


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey that somebody adds; the name tells it from their others."""

    name = fields.TextField(
        "Name of this passkey",
        hint="So that you know it again. For example, ‘Work laptop’.",
        max_length=100,
        width=20,
    )


class ConnectAppForm(ActivateTOTPForm):
    """The first code of an app that is being connected."""

    code = _code_field("Code from your app", "The 6 digits that your app shows now.")

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return str(super().clean_code())
