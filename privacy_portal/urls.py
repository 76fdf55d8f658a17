"""Addresses; those of the contract stay stable."""

from django.urls import include, path

from privacy_portal import views
from privacy_portal.people import views as people_views

urlpatterns = [
    path("", views.home, name="home"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("notices/", include("notices.public.urls")),
    path("subscribe/", include("notices.subscriptions.urls")),
    path("report/", include("notices.reports.urls")),
    path("opt-out/", include("consent.online.urls")),
    path("sharing/", include("sharing.register.urls")),
    path("log/", include("privacy_portal.log_pages.urls")),
    path("staff/", views.staff_home, name="staff-home"),
    path("staff/opt-outs/", include("consent.keying.urls")),
    path("staff/opt-outs/", include("consent.on_the_day.urls")),
    path("staff/opt-outs/", include("consent.schools.urls")),
    path("staff/opt-outs/", include("consent.decisions.urls")),
    # Last, since a reference may be any word.
    path("staff/opt-outs/", include("consent.matching.urls")),
    path("staff/schools/", include("consent.watching.urls")),
    path("staff/letters/", include("consent.letters.urls")),
    # First, since a pupil's reference may be any word.
    path("staff/pupils/", include("consent.protection.urls")),
    path("staff/pupils/", include("sharing.pupils.urls")),
    path("staff/roll/", include("consent.identities.urls")),
    path("staff/roll/", include("consent.roll.urls")),
    path("staff/reports/", include("notices.reports.desk_urls")),
    # First, since an agreement has a page for any other word.
    path("staff/agreements/", include("sharing.agreement_templates.urls")),
    path("staff/agreements/", include("sharing.agreements.urls")),
    path("staff/control/", include("sharing.control.urls")),
    path("staff/keeping/", include("sharing.keeping.urls")),
    path("staff/organisations/", include("sharing.organisations.urls")),
    path("staff/processing/", include("sharing.processing_record.urls")),
    path("staff/policy/", include("sharing.policy.urls")),
    path("staff/notices/", include("notices.drafts.urls")),
    path("staff/", include("privacy_portal.ground.mail.urls")),
    path("staff/jobs/", views.set_aside, name="staff-jobs"),
    path("staff/releases/definitions/", include("sharing.from_roll.urls")),
    path("staff/", include("sharing.row_permissions.urls")),
    path("staff/", include("sharing.releases.urls")),
    path("staff/", include("sharing.statistics.urls")),
    path("amendments/", include("sharing.amendments.public_urls")),
    path("staff/amendments/", include("sharing.amendments.urls")),
    path("staff/", include("sharing.cover_sheets.urls")),
    path("staff/figures/", include("sharing.figures.urls")),
    path("staff/", include("sharing.disclosures.urls")),
    path("staff/", include("sharing.requests.urls")),
    path("staff/", include("sharing.replay.urls")),
    path("staff/", include("sharing.review.urls")),
    path("staff/log/", include("sharing.auditing.urls")),
    path("staff/log/", include("sharing.log_search.urls")),
    path("staff/people/", include("privacy_portal.people.urls")),
    path("accounts/welcome/<str:token>/", people_views.welcome, name="account_welcome"),
    path("accounts/", include("privacy_portal.ground.accounts.urls")),
    path("accounts/", include("privacy_portal.passwords.urls")),
    path("accounts/", include("privacy_portal.digest.urls")),
    path("accounts/", include("privacy_portal.signing_in.urls")),
]

handler400 = "privacy_portal.ground.ui.errors.bad_request"
handler403 = "privacy_portal.ground.ui.errors.forbidden"
handler404 = "privacy_portal.ground.ui.errors.not_found"
handler429 = "privacy_portal.ground.ui.errors.too_many"
handler500 = "privacy_portal.ground.ui.errors.server_error"
