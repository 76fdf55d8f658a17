"""Addresses of the public register."""

from django.urls import path

from sharing.register import views as public_views

urlpatterns = [
    path("", public_views.register, name="register"),
    path("disclosures/", public_views.disclosures, name="public-disclosures"),
    path("disclosures.csv", public_views.disclosures_csv, name="public-disclosures-csv"),
    path(
        "disclosures/<int:year>.csv", public_views.disclosures_csv, name="public-disclosures-year"
    ),
    path("<slug:code>/", public_views.recipient, name="recipient"),
]
