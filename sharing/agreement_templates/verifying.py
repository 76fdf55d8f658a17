"""What templates say, compared with the digest that the agreements made from them name (L5)."""

import hashlib

from privacy_portal.ground.log.canonical import canonical
from sharing.models import TemplateVersion


def template_fault() -> str | None:
    """Return a sentence about the first version of a template whose text has another digest; 1 query."""
    for row in TemplateVersion.objects.select_related("template").order_by("pk"):
        if hashlib.sha256(canonical(row.content)).hexdigest() != row.sha256:
            return f"template {row} has another text than its digest says"
    return None
