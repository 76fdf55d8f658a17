"""Pages of one's own second factors, and in the example the codes that an app would show."""

import re

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from privacy_portal.ground.accounts.permissions import staff_of
from privacy_portal.signing_in import codes
from sharing.example import read_sign_ins

Type = Authenticator.Type


@require_safe
@login_required
def second_steps(request: HttpRequest) -> HttpResponseBase:
    """Show how somebody signs in, and ask who has no second factor to set one up."""
    user = staff_of(request)
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    recovery = next((factor for factor in factors if factor.type == Type.RECOVERY_CODES), None)
    context = {
        "section": "account",
        "app": next((factor for factor in factors if factor.type == Type.TOTP), None),
        "passkeys": [factor for factor in factors if factor.type == Type.WEBAUTHN],
        "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else None,
        "only_one": len(factors) - bool(recovery) == 1,
    }
    return render(request, "signing_in/second_steps.html", context)


@require_safe
def example_codes(request: HttpRequest) -> HttpResponseBase:
    """Show the code of each of the example's people as their app would; nowhere but in the example."""
    if not settings.EXAMPLE:
        raise Http404
    left = codes.seconds_left()
    people = [
        (sign_in, re.sub(r"(?<=^...)", " ", codes.code_now(sign_in.secret)))
        for sign_in in read_sign_ins()
    ]
    context = {"people": people, "left": left}
    response = render(request, "signing_in/example_codes.html", context)
    response["Refresh"] = str(left + 1)
    return response
