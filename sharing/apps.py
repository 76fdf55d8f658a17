"""Sharing: agreements, deciding on extracts, releases, and what was disclosed."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"

    def ready(self) -> None:
        """Each decision of a person is compared with what went out before it was known (C8)."""
        from consent.recording import follow
        from sharing.recalling import find_late

        follow(find_late)
