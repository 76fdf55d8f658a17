"""Addresses of passwords that allauth alone does not serve."""

from django.urls import path

from privacy_portal.passwords.views import change

urlpatterns = [
    path("password/change/", change, name="account_change_password"),
]
