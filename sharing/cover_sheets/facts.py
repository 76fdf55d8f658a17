"""The facts on a cover sheet (H5): what the recipient has to know of a file, and no pupil's data."""

from datetime import date, datetime
from typing import Literal

from pydantic import ConfigDict

from privacy_portal.ground.files.documents import Part

# From what the file was made.
Source = Literal["csv", "xlsx", "ctf", "paste", "roll", "table"]


class _Fact(Part):
    # Read from JSON of the database, in which days and instants are text.
    model_config = ConfigDict(strict=False)


class Agreed(_Fact):
    """The agreement, and the words in it on which the sharing rests."""

    reference: str
    version: int
    title: str
    lawful_basis: str
    legal_gateway: str
    special_category_condition: str
    retention_months: int | None
    deletion: str


class Requested(_Fact):
    """The request for data that stands behind a file where no agreement does (Q1): its number, the day it
    was received, and the legal power in the portal’s own words."""

    number: int
    received_on: date
    power: str


class Told(_Fact):
    """What people were told: the notice in force, and its words about this recipient and purpose.

    `items` are the labels of what it says is shared; `paragraphs` are its own; `collected` says where
    the information comes from.
    """

    title: str
    number: int
    in_force_from: date | None
    address: str
    purpose: str
    items: tuple[str, ...]
    paragraphs: tuple[str, ...]
    collected: tuple[str, ...]


class Rows(_Fact):
    """Numbers of rows by what became of them."""

    whole: int
    reduced: int
    withheld: int


class TableFacts(_Fact):
    """How a table of counts was made safe (S0): no `threshold` where the method has its own. `least` is the
    smallest number that is hidden (S5)."""

    method: str
    threshold: int | None
    least: int = 1
    hidden: int
    notes: tuple[str, ...]


class AmendmentFacts(_Fact):
    """Numbers of rows of an amendment by what they ask for (H6)."""

    changed: int
    to_delete: int


class Contact(_Fact):
    """Whom to ask."""

    role: str
    address: str
    phone: str
    email: str


class Facts(_Fact):
    """All facts on a cover sheet but the file's fingerprint and the proof.

    It rests on the `agreement` or on the request that is `requested`; the other is None. `purpose` is
    empty where only the request says it. `items` are labels of what whole rows hold, `basic_items` of what
    reduced rows hold (empty where there is no such row). `rows` is None for a table and for an amendment,
    `table` and `amendment` are for those alone.
    """

    council: str
    recipient: str
    agreement: Agreed | None
    purpose: str
    told: Told | None
    source: Source
    data_at: datetime
    items: tuple[str, ...]
    basic_items: tuple[str, ...]
    rows: Rows | None
    table: TableFacts | None
    handed_over_at: datetime
    destroy_by: date | None
    contacts: tuple[Contact, ...]
    amendment: AmendmentFacts | None = None
    requested: Requested | None = None
