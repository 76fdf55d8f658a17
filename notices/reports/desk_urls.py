"""Addresses of the officers' queue of reports."""

from django.urls import path

from notices.reports import desk_views as desk

urlpatterns = [
    path("", desk.reports, name="staff-reports"),
    path("<slug:reference>/", desk.report, name="staff-report"),
    path("<slug:reference>/take/", desk.take, name="staff-report-take"),
    path("<slug:reference>/<slug:step>/", desk.step, name="staff-report-step"),
]
