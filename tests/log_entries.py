"""What stands in the log."""

import json

from privacy_portal.ground.log.models import Entry


def events():
    return [json.loads(bytes(entry.body))["event"] for entry in Entry.objects.order_by("seq")]
