"""Opt-outs sent online that have no pupil yet, said to whoever lets a file go."""

from consent.matching.unmatched import Unmatched, unmatched
from sharing.models import Release
from sharing.releases.queries import version_of


def unmatched_about(release: Release) -> Unmatched:
    """The opt-outs and objections sent online about what is to be released that have no pupil yet; 2
    queries."""
    version = version_of(release)
    if version is None:
        return Unmatched(0, None)
    return unmatched(version.recipient_id, release.purpose)
