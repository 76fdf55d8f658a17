"""What stands in the log."""

import json
from typing import Any

from django.db import transaction

from privacy_portal.ground.log.appending import append
from privacy_portal.ground.log.models import Entry
from sharing.policy_file.content import content_entry
from tests.example import NOON


def entries(event: str = "") -> list[dict[str, Any]]:
    """Return the entries of the log in their order, or those of one event."""
    bodies = [json.loads(bytes(entry.body)) for entry in Entry.objects.order_by("seq")]
    return [body for body in bodies if event in ("", body["event"])]


def log_policy() -> None:
    """Log what the policy says now, as a change that was put in force does."""
    with transaction.atomic():
        append([content_entry(at=NOON, by=None)])


def events() -> list[str]:
    """Return the events of all entries of the log in their order."""
    return [body["event"] for body in entries()]
