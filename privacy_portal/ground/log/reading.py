"""What the log holds, read without waiting for whoever appends to it."""

from privacy_portal.ground.log.models import Head


def entries_so_far() -> int:
    """Return how many entries the log has now. Entries with a lower number are committed, so what they tell
    of was over before, by the order of the database and not by a clock; 1 query."""
    return int(Head.objects.values_list("size", flat=True).get())
