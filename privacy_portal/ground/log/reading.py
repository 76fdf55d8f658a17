"""Read the log without waiting for whoever appends to it."""

from privacy_portal.ground.log.models import Head


def entries_so_far() -> int:
    """Return the number of entries in the log; all with a lower number are committed; 1 query."""
    return int(Head.objects.values_list("size", flat=True).get())
