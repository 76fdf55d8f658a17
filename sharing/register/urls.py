"""Addresses of the public register."""

from django.urls import path

from sharing.register import views

urlpatterns = [
    path("", views.register, name="register"),
    path("disclosures/", views.disclosures, name="public-disclosures"),
    path("disclosures.csv", views.disclosures_csv, name="public-disclosures-csv"),
    path("disclosures/<int:year>.csv", views.disclosures_csv, name="public-disclosures-year"),
    path(
        "disclosures/<int:year>-<int:month>.json", views.month_json, name="public-disclosures-month"
    ),
    path(
        "disclosures/<int:year>-<int:month>.tlog-proof",
        views.month_proof,
        name="public-disclosures-month-proof",
    ),
    path("<slug:code>/", views.recipient, name="recipient"),
]
