"""Check that stored publications are those that the log recorded."""

from collections.abc import Mapping
from typing import Any

from notices.drafts.content import digest_of
from notices.models import Publication


def check_published(seq: int, entry: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the publication that the entry names, or None."""
    publication = Publication.objects.filter(
        version__notice__slug=entry["notice"], version__number=entry["number"]
    ).first()
    if publication is None:
        return "the published version it vouches for is missing"
    if digest_of(publication.content) != entry["content"]:
        return "the words of its version are not those that were published"
    return None
