"""Addresses of a decision that is checked again."""

from django.urls import path

from sharing.replay import views

urlpatterns = [
    path("disclosures/<int:entry>/again/", views.again, name="staff-disclosure-again"),
    path("disclosures/<int:entry>/again.csv", views.download, name="staff-disclosure-again-csv"),
]
