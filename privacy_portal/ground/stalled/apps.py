"""Jobs whose worker was ended while it ran them: by the system for its memory, or by a fault."""

from django.apps import AppConfig


class StalledConfig(AppConfig):
    name = "privacy_portal.ground.stalled"
    label = "stalled"
