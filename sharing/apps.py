"""Sharing: agreements, deciding on extracts, releases, and what was disclosed."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"

    def ready(self) -> None:
        """Answer what the floors below need to ask: see `privacy_portal.ground.hooks`."""
        from consent.decisions.recording import entries_after_decisions
        from consent.matter_lookup import objectionable_matters
        from notices.drafts.surroundings import surroundings
        from sharing.agreements.objectionable import objectionable
        from sharing.agreements.surroundings import surroundings as load_surroundings
        from sharing.review.recalling import find_late

        entries_after_decisions.answer_with(find_late)
        objectionable_matters.answer_with(objectionable)
        surroundings.answer_with(load_surroundings)
