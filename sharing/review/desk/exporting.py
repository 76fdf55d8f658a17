"""The disclosure log as files: what is filtered, in its order, read a thousand entries at a time."""

from collections.abc import Iterator

from notices.queries import item_labels
from privacy_portal.ground.ui.keyset import batches
from sharing.disclosures.queries import disclosures
from sharing.review import presenters
from sharing.review.desk.filters import DisclosureFilter

HEADINGS = (
    "Log entry", "Date", "Shared or received on", "Organisation", "Purpose", "Agreement", "Version", "Privacy notice",
    "Result", "Reasons", "Rows", "Rows in full", "Rows with basic details only", "Rows withheld",
    "Information", "Officer", "Approved by", "Organisation’s reference", "Date of request",
    "Method", "Shared or received", "Delete by", "Signed off by", "Signed off", "Sent",
    "In the sample", "Open question", "What happened",
)  # fmt: skip
_AT_ONCE = 1_000


def rows_of(log: DisclosureFilter) -> Iterator[list[object]]:
    """Yield what is filtered as rows under `HEADINGS`; 1 query, and 2 for each thousand entries."""
    labels = item_labels()
    for batch in batches(log.rows, log.order, _AT_ONCE):
        by_key = disclosures().in_bulk([row.pk for row in batch])
        for row in batch:
            yield presenters.disclosure_cells(by_key[row.pk], labels)
