"""Users of the portal and their roles."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "privacy_portal.ground.accounts"
    label = "accounts"
