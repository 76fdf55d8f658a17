"""Choices sent online that are not matched to a pupil yet, shown to whoever releases a file."""

from consent.matching.unmatched import Unmatched, unmatched
from sharing.models import Release


def unmatched_choices(release: Release) -> Unmatched:
    """Count the opt-outs and objections sent online, about the recipient and purpose of a release,
    that are not matched to a pupil yet; 1 query."""
    version = release.agreement_version
    if version is None:
        return Unmatched(0, None)
    return unmatched(version.recipient_id, release.purpose)
