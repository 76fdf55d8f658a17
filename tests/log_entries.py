"""What stands in the log."""

import json
from typing import Any

from privacy_portal.ground.log.models import Entry


def entries(event: str = "") -> list[dict[str, Any]]:
    """Return the entries of the log in their order, or those of one event."""
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
    return [body for body in bodies if event in ("", body["event"])]


def events() -> list[str]:
    """Return the events of all entries of the log in their order."""
    return [body["event"] for body in entries()]
