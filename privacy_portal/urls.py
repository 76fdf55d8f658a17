"""Addresses; those of the contract stay stable."""

from django.urls import include, path

from privacy_portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("notices/", include("notices.urls")),
    path("subscribe/", include("notices.subscribe_urls")),
    path("report/", include("notices.report_urls")),
    path("opt-out/", include("consent.urls")),
    path("sharing/", include("sharing.urls")),
    path("staff/", views.staff_home, name="staff-home"),
    path("staff/opt-outs/", include("consent.staff_urls")),
    path("staff/letters/", include("consent.letter_urls")),
    path("staff/pupils/", include("sharing.pupil_urls")),
    path("staff/roll/", include("consent.roll_urls")),
    path("staff/reports/", include("notices.report_desk_urls")),
    path("staff/agreements/", include("sharing.agreement_urls")),
    path("staff/notices/", include("sharing.notice_urls")),
    path("staff/", include("privacy_portal.mail.urls")),
    path("staff/jobs/", views.set_aside, name="staff-jobs"),
    path("staff/", include("sharing.staff_urls")),
    path("accounts/", include("privacy_portal.accounts.urls")),
    path("accounts/", include("privacy_portal.passwords.urls")),
]

handler400 = "privacy_portal.ui.errors.bad_request"
handler403 = "privacy_portal.ui.errors.forbidden"
handler404 = "privacy_portal.ui.errors.not_found"
handler429 = "privacy_portal.ui.errors.too_many"
handler500 = "privacy_portal.ui.errors.server_error"
