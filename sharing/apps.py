"""Sharing: agreements, deciding on extracts, releases, and what was disclosed."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"

    def ready(self) -> None:
        """Each decision of a person is compared with what went out before it was known (C8), and
        agreements say what can be objected to (C10)."""
        from consent.matters import objections_come_from
        from consent.recording import follow
        from sharing.objectionable import objectionable
        from sharing.recalling import find_late

        follow(find_late)
        objections_come_from(objectionable)
