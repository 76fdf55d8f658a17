"""How the log vouches for a file that was handed over (H5, L3)."""

from dataclasses import dataclass

from privacy_portal.ground.log.models import Entry
from sharing.models import CoverSheet


@dataclass(frozen=True, slots=True)
class Proof:
    """A file with its fingerprint, and the entries that vouch for it: `hand_over` is the number of the
    disclosure's entry, `entry` of the one that has the fingerprint, `leaf` the latter's hash."""

    file_name: str
    file_sha256: str
    hand_over: int
    entry: int
    leaf: str


def proof_of(sheet: CoverSheet) -> Proof:
    """Return what the log gives today for a sheet read with its disclosure; 1 query."""
    leaf = Entry.objects.values_list("leaf", flat=True).get(pk=sheet.entry)
    return Proof(
        file_name=sheet.file_name,
        file_sha256=sheet.file_sha256,
        hand_over=sheet.disclosure.entry,
        entry=sheet.entry,
        leaf=bytes(leaf).hex(),
    )
