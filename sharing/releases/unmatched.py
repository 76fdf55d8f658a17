"""Opt-outs sent online that have no pupil yet, said to whoever lets a file go."""

from consent.matching.unmatched import Unmatched, unmatched
from sharing.models import Release


def unmatched_about(release: Release) -> Unmatched:
    """The opt-outs and objections sent online about what is to be released that have no pupil yet; 1
    query."""
    version = release.agreement_version
    if version is None:
        return Unmatched(0, None)
    return unmatched(version.recipient_id, release.purpose)
