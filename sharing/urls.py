"""Addresses of the public register."""

from django.urls import path

from sharing import public_views

urlpatterns = [
    path("", public_views.register, name="register"),
    path("disclosures/", public_views.disclosures, name="public-disclosures"),
    path("<slug:code>/", public_views.recipient, name="recipient"),
]
