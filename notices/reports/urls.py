"""Addresses of the public's reports."""

from django.urls import path

from notices.reports import views as report_views

urlpatterns = [
    path("", report_views.start, name="report"),
    path("check/", report_views.check_answers, name="report-check"),
    path("done/", report_views.done, name="report-done"),
    path("<slug:step>/", report_views.step, name="report-step"),
]
