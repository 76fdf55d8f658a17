"""Pages of one's own second factors, and in the example the codes that an app would show."""

import re
import time

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as app_views
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from allauth.mfa.webauthn import views as passkey_views
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic.edit import FormView

from privacy_portal.ground import days
from privacy_portal.ground.accounts import typed
from privacy_portal.ground.accounts.models import ConnectedAccount, User
from privacy_portal.ground.accounts.permissions import staff_of
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.ui.environment import count
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.signing_in import browsers, codes
from privacy_portal.signing_in.forms import ConnectAppForm, PasskeyAgainForm
from privacy_portal.signing_in.idle import USED_AT
from sharing.example import read_sign_ins

Type = Authenticator.Type
NO_BREAK = "\N{NO-BREAK SPACE}"


class PasskeyAgainView(passkey_views.ReauthenticateWebAuthnView):
    """Confirm with a passkey that it is still the same person."""

    def form_invalid(self, form: PasskeyAgainForm) -> HttpResponseBase:
        """Say that the passkey could not be used, and ask again for what somebody was about to do."""
        for message in form.errors.get("credential", []):
            messages.error(self.request, str(message))
        return redirect(self.passthrough_next_url(self.request.path))


@method_decorator([login_required, reauthentication_required(app="allauth.mfa")], name="dispatch")
class ReplaceAppView(app_views.ActivateTOTPView):
    """Connect the app of another phone in place of the one before, whose codes stop working at once."""

    template_name = "mfa/totp/replace_form.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not Authenticator.objects.filter(user=staff_of(request), type=Type.TOTP).exists():
            return redirect("mfa_activate_totp")
        # Not of ActivateTOTPView, which turns away who has an app.
        answer: HttpResponseBase = FormView.dispatch(self, request, *args, **kwargs)
        return answer

    def get_context_data(self, **values: object) -> dict[str, object]:
        """Return what the page shows, with a way to do without an app where there is another factor."""
        others = Authenticator.objects.filter(user=staff_of(self.request), type=Type.WEBAUTHN)
        context: dict[str, object] = super().get_context_data(**values)
        return {**context, "section": "account", "can_disconnect": others.exists()}

    def form_valid(self, form: ConnectAppForm) -> HttpResponse:
        """Replace the app in one piece: nobody is without a second step in between."""
        user = staff_of(self.request)
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            Authenticator.objects.filter(user=user, type=Type.TOTP).delete()
            TOTP.activate(user, form.secret)
            account_adapter(self.request).send_notification_mail("mfa/email/totp_replaced", user)
        clear_totp_secret(self.request)
        messages.success(self.request, "Your new authenticator app is connected")
        return redirect("mfa_index")


@require_safe
@login_required
def second_steps(request: HttpRequest) -> HttpResponseBase:
    """Show how somebody signs in, and ask who has no second factor to set one up."""
    user = staff_of(request)
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    recovery = next((factor for factor in factors if factor.type == Type.RECOVERY_CODES), None)
    context = {
        "section": "account",
        "connected": ConnectedAccount.objects.filter(user=user).first(),
        "app": next((factor for factor in factors if factor.type == Type.TOTP), None),
        "passkeys": [factor for factor in factors if factor.type == Type.WEBAUTHN],
        "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else None,
        "only_one": len(factors) - bool(recovery) == 1,
    }
    return render(request, "signing_in/second_steps.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Remove one of somebody's passkeys, unless it is their only second factor."""
    own = Authenticator.objects.filter(user=staff_of(request), type=Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(get_object_or_404(own, pk=pk)):
        messages.warning(request, "This is your only second step. Add another one first.")
        return redirect("mfa_index")
    response: HttpResponseBase = passkey_views.remove_webauthn(request, pk=pk)
    return response


@require_http_methods(FORM_METHODS)
@login_required
def sessions(request: HttpRequest) -> HttpResponseBase:
    """List where somebody is signed in, and end what they choose but this session."""
    user = staff_of(request)
    own = UserSession.objects.purge_and_list(user)
    others = [session for session in own if not session.is_current()]
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        ended = [session for session in others if chosen in ("all", str(session.pk))]
        with transaction.atomic():
            for session in ended:
                session.end()
            if ended:
                log.record("sessions-ended", at=days.now(), by=user, number=len(ended))
        if ended:
            messages.success(request, f"{count(len(ended), 'session')} ended")
        return redirect("account_sessions")
    lines = [
        (session, browsers.in_words(session.user_agent), session.is_current())
        for session in sorted(own, key=lambda session: session.created_at, reverse=True)
    ]
    context = {"section": "account", "lines": lines, "others": len(others)}
    return render(request, "signing_in/sessions.html", context)


@require_safe
@login_required
def idle(request: HttpRequest) -> HttpResponseBase:
    """Warn that the session ends; this page itself does not count as using it."""
    back = get_next_redirect_url(request) or reverse("staff-home")
    left = request.session.get(USED_AT, time.time()) + settings.IDLE_SECONDS - time.time()
    if left <= 0:
        return redirect(back)
    context = {"back": back, "minutes": max(1, round(left / 60))}
    response = render(request, "signing_in/idle.html", context)
    response["Refresh"] = f"{int(left) + 1};url={back}"
    return response


@require_http_methods(FORM_METHODS)
@login_required
def late_form(request: HttpRequest) -> HttpResponseBase:
    """Offer to send a form that came when its session was over, or throw it away."""
    form = typed.kept_for(request.session, staff_of(request))
    if form is None:
        return redirect("staff-home")
    if request.method == "POST":
        typed.forget(request.session)
        messages.success(request, "Deleted")
        return redirect("staff-home")
    return render(request, "signing_in/late_form.html", {"section": "account", "late": form})


@require_safe
def example_codes(request: HttpRequest) -> HttpResponseBase:
    """Show the code of each of the example's people as their app would; nowhere but in the example."""
    if not settings.EXAMPLE:
        raise Http404
    left = codes.seconds_left()
    people = [
        (sign_in, re.sub(r"(?<=^...)", NO_BREAK, codes.code_now(sign_in.secret)))
        for sign_in in read_sign_ins()
    ]
    context = {"people": people, "left": left}
    response = render(request, "signing_in/example_codes.html", context)
    response["Refresh"] = str(left + 1)
    return response
