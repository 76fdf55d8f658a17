"""The forms to sign in, and of a forgotten and a changed password, in the portal's own words."""

from typing import Any

from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    UserTokenForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.monitor.lines import Category, tell
from privacy_portal.ground.ui.fields import EmailAddressField
from privacy_portal.passwords import changing
from privacy_portal.passwords.strength import GuessingValidator


class SignInForm(LoginForm):
    """Email address and password, without allauth's placeholders and links."""

    def __init__(self, *args: object, **kwargs: object):
        super().__init__(*args, **kwargs)
        self.fields["login"] = EmailAddressField()
        self.fields["password"].help_text = ""
        self.fields["password"].error_messages["required"] = "Enter your password"


class PasswordAgainForm(ReauthenticateForm):
    """The password again, of who is signed in and about to do what matters."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["password"].error_messages["required"] = "Enter your password"


class AskForLinkForm(ResetPasswordForm):
    """The address that a link for a new password goes to; nothing is looked up here."""

    email = EmailAddressField()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: object) -> str:
        email = str(self.cleaned_data["email"])
        tell("password-link-asked", Category.SIGN_IN)
        defer("passwords.send_link", {"email": email})
        return email


class LinkForm(UserTokenForm):
    """Whether a link is good: a closed account has none."""

    def _get_user(self, uidb36: str) -> User | None:
        user: User | None = super()._get_user(uidb36)
        return user if user and user.is_active else None


class _TwiceTypedForm(forms.Form):
    """A new password, typed twice."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        first, second = self.fields["password1"], self.fields["password2"]
        first.label, second.label = "New password", "Type the new password again"
        first.help_text = GuessingValidator().get_help_text()
        first.error_messages["required"] = "Enter a new password"
        second.error_messages["required"] = "Type the new password again"

    def clean(self) -> dict[str, object]:
        data = forms.Form.clean(self) or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", "The two new passwords are not the same")
        return data


class NewPasswordForm(_TwiceTypedForm, ResetPasswordKeyForm):
    """The new password of who followed the link of a mail."""

    def save(self) -> None:
        changing.replace(
            self.user, self.cleaned_data["password1"], at=days.now(), secret=self.temp_key
        )


class ChangeForm(_TwiceTypedForm, ChangePasswordForm):
    """The present password and a new one, of who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        present = self.fields["oldpassword"]
        present.label, present.help_text = "Current password", ""
        present.error_messages["required"] = "Enter your current password"

    def clean_oldpassword(self) -> str:
        present = str(self.cleaned_data["oldpassword"])
        if not self.user.check_password(present):
            raise ValidationError("Current password is wrong")
        return present

    def save(self) -> None:
        changing.replace(self.user, self.cleaned_data["password1"], at=days.now())
