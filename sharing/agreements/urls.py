"""Addresses of the officers' pages about agreements."""

from django.urls import path

from sharing.agreements import edit_views as edit, views

ONE = "<int:agreement_id>/"
VERSION = f"{ONE}<int:number>/"

urlpatterns = [
    path("", views.agreements, name="staff-agreements"),
    path("warnings/", views.warnings, name="staff-agreement-warnings"),
    path("new/", edit.new, name="staff-agreement-new"),
    path(ONE, views.agreement, name="staff-agreement"),
    path(f"{ONE}changes/<int:earlier>/<int:later>/", views.changes, name="staff-agreement-changes"),
    path(VERSION, views.version, name="staff-agreement-version"),
    path(f"{VERSION}agreement.pdf", views.paper, name="staff-agreement-paper"),
    path(f"{VERSION}signed.pdf", views.signed_paper, name="staff-agreement-signed-paper"),
    path(f"{VERSION}next/", edit.start_next, name="staff-agreement-next"),
    path(f"{VERSION}basis/", edit.basis, name="staff-agreement-basis"),
    path(f"{VERSION}sign/", edit.sign, name="staff-agreement-sign"),
    path(f"{VERSION}discard/", edit.discard, name="staff-agreement-discard"),
    path(f"{VERSION}edit/<slug:section>/", edit.edit, name="staff-agreement-edit"),
    path(f"{VERSION}<slug:verb>/", edit.act, name="staff-agreement-act"),
]
