"""What an officer asks to release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from privacy_portal.ground.accounts.models import User
from sharing.cover_sheets.facts import Source
from sharing.models import Disclosure
from sharing.row_decision_rules import Permission


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be released under an agreement for a purpose.

    `name` is what messages call the file; `reference` the recipient's own and `requested_on` the
    day of its request. `assigned` maps headings that no item has to codes of items, as an officer
    said; `override` says why it goes against opt-outs: `ground`, `legal_ground`, `reason`;
    `permitted` are protected pupils, by id, whose rows a second officer lets go (P3). `means` is how the file is sent, `origin` where it came from, `warnings` say what it hides. `source` is
    what the file was made from, as a cover sheet says it, `received_at` when it reached the portal
    (None: just now).
    """

    path: Path
    name: str
    agreement: str
    purpose: str
    by: User
    reference: str = ""
    requested_on: date | None = None
    assigned: Mapping[str, str] = field(default_factory=dict)
    override: Mapping[str, str] | None = None
    permitted: Mapping[int, Permission] = field(default_factory=dict)
    means: str = Disclosure.Means.DOWNLOAD
    origin: str = Disclosure.Origin.RELEASE
    warnings: Sequence[str] = ()
    source: Source = "csv"
    received_at: datetime | None = None
