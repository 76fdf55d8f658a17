"""How django-allauth's second factors behave here: compulsory, sealed, and in the portal's words."""

import io
from typing import ClassVar

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser

from privacy_portal.signing_in import sealing

INCORRECT = "Code is wrong or has been used. Enter the code that your app shows now, or another recovery code"
Type = Authenticator.Type


class StaffFactorsAdapter(DefaultMFAAdapter):
    """Second factors of staff. Nobody removes their only one: they add another first."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": INCORRECT,
        "cannot_delete_authenticator": "This is your only second step. Add another one first",
    }

    def get_totp_issuer(self) -> str:
        return "Sharing children’s information"

    def build_totp_svg(self, url: str) -> str:
        """Return the picture that an app scans."""
        out = io.BytesIO()
        segno.make(url, error="m").save(
            out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True, title="QR code"
        )
        return out.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if authenticator.type == Type.RECOVERY_CODES:
            return False
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Type.RECOVERY_CODES).exists())

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:  # noqa: A002
        """Return the name of a passkey to which nobody gave one."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Passkey {number}"
