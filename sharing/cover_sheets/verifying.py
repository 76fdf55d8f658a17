"""What the log vouches for about cover sheets (L5)."""

from collections.abc import Iterable, Sequence

from privacy_portal.ground.log.appending import Body
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.vouching import Kind
from sharing.cover_sheets.making import sheet_body
from sharing.models import CoverSheet


def _sheets(rows: Sequence[CoverSheet]) -> Iterable[Body]:
    entries = Entry.objects.filter(pk__in=[row.disclosure.entry for row in rows])
    leaves = dict(entries.values_list("seq", "leaf"))
    return [sheet_body(row, bytes(leaves.get(row.disclosure.entry, b""))) for row in rows]


KINDS = (
    Kind(
        events=("cover-sheet",),
        name="cover sheet",
        rows=lambda: CoverSheet.objects.select_related("disclosure"),
        key="disclosure",
        field="disclosure_id",
        facts=_sheets,
        whole=True,
        entry="entry",
    ),
)
