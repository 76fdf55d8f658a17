"""Addresses of what is recorded after the fact."""

from django.urls import path

from sharing.disclosures import recording_views

urlpatterns = [
    path("disclosures/record/", recording_views.record_given, name="staff-record-given"),
    path("disclosures/receive/", recording_views.record_received, name="staff-record-received"),
]
