"""Addresses of second factors: allauth's views with pages of our own, and only those."""

from allauth.account import views as account_views
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from django.contrib.auth.decorators import login_required
from django.urls import path

from privacy_portal.signing_in import single_sign_on_views, views

urlpatterns = [
    path("reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("2fa/", views.second_steps, name="mfa_index"),
    path("2fa/authenticate/", factor_views.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", factor_views.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/app/", app_views.activate_totp, name="mfa_activate_totp"),
    path("2fa/app/replace/", views.ReplaceAppView.as_view(), name="mfa_replace_totp"),
    path("2fa/app/remove/", app_views.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_views.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/new/",
        recovery_views.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/passkeys/add/", passkey_views.add_webauthn, name="mfa_add_webauthn"),
    path("2fa/passkeys/", views.second_steps, name="mfa_list_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/passkeys/sign-in/", passkey_views.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        login_required(views.PasskeyAgainView.as_view()),
        name="mfa_reauthenticate_webauthn",
    ),
    path("single-sign-on/", single_sign_on_views.sign_in, name="single-sign-on"),
    path("single-sign-on/back/", single_sign_on_views.back, name="single-sign-on-back"),
    path("single-sign-on/connect/", single_sign_on_views.connect, name="single-sign-on-connect"),
    path(
        "single-sign-on/disconnect/",
        single_sign_on_views.disconnect,
        name="single-sign-on-disconnect",
    ),
    path("sessions/", views.sessions, name="account_sessions"),
    path("idle/", views.idle, name="account_idle"),
    path("kept/", views.late_form, name="account_kept"),
    path("example-codes/", views.example_codes, name="example-codes"),
]
