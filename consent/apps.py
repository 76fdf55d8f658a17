"""Consent: schools, pupils, and the decisions people make under opt-out schemes."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Answer what the floor below needs to ask: see `privacy_portal.ground.hooks`."""
        from consent.queries import scheme_choices
        from notices.drafts.surroundings import schemes

        schemes.answer_with(scheme_choices)
