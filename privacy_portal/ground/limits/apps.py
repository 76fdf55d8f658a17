"""How often anyone may do what costs others something, such as having a mail sent."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "privacy_portal.ground.limits"
    label = "limits"
