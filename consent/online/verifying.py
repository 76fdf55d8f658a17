"""What the log vouches for about forms sent online (L5)."""

from collections.abc import Mapping

from consent.models import ReceivedEntry
from privacy_portal.ground.log.vouching import Instant, Kind, each


def _received(row: ReceivedEntry) -> Mapping[str, object]:
    """Return what its entry says; one that used a letter's code up does not say when it was sent."""
    request = row.request
    facts: dict[str, object] = {"request": request.reference}
    return facts if request.by_code else {**facts, "received": Instant(request.received_at)}


KINDS = (
    Kind(
        events=("opt-out-received", "code-used"),
        name="number of the entry of a form sent online",
        rows=lambda: ReceivedEntry.objects.select_related("request"),
        key="request",
        field="request__reference",
        facts=each(_received),
        entry="entry",
    ),
)
