"""What an entry of a publication vouches for: the words stored are those that were logged."""

from collections.abc import Mapping
from typing import Any

from notices.drafts.content import digest_of
from notices.models import Publication


def check_published(seq: int, entry: Mapping[str, Any]) -> str | None:
    """What is wrong with the publication that the entry names; None if nothing is."""
    publication = Publication.objects.filter(
        version__notice__slug=entry["notice"], version__number=entry["number"]
    ).first()
    if publication is None:
        return "the published version it vouches for is missing"
    if digest_of(publication.content) != entry["content"]:
        return "the words of its version are not those that were published"
    return None
