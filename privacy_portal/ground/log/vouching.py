"""Entries and the rows that they vouch for, compared both ways (`log verify`, L5).

Of each kind: which entries it has, which rows, and what an entry must say of its row. Rows are read for
a batch of entries at once, and those that were met are kept as a bit each.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from privacy_portal.ground.log.related_rows import RelatedRows
from privacy_portal.ground.log.texts import TEXTS, Texts, texts_of

Body = Mapping[str, Any]
# The number of an entry, and its body.
NumberedEntry = tuple[int, Body]
# The number of a bad entry, and what is wrong with it.
Fault = tuple[int, str]
# The salts of entries that have the hash of texts, by their numbers.
Salts = Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row that entries vouch for.

    `events` are the kinds of its entries, `name` what a row is called in sentences, `rows` those that must
    have an entry, each with what `facts` needs. An entry names its row by its value of `key`, which is that
    of the field `field`; several rows may have the same, of which each has its own entry. `facts` returns
    for a batch of rows what their entries say; with `whole` they say nothing else but the hash of the texts
    that the row's model names as `logged_texts`, under the name `texts`. Where the row knows the number of
    its entry, `entry` is the field that has it. With `only`, entries have a row of the kind where they say
    something by that name, and rows from before they did have none. With `repeats`, several entries may name
    one row.
    """

    events: tuple[str, ...]
    name: str
    rows: Callable[[], "QuerySet[Any]"]
    key: str
    field: str
    facts: Callable[[Sequence[Any]], Iterable[Body]]
    whole: bool = False
    entry: str = ""
    texts: str = TEXTS
    only: str = ""
    repeats: bool = False

    def applies(self, entry: Body) -> bool:
        """Return whether an entry names a row: a refusal without a disclosure does not."""
        return entry.get(self.only or self.key) is not None

    def key_of(self, row: Model) -> str:
        """Return the value by which an entry names a row, as text."""
        return str(attrgetter(self.field.replace("__", "."))(row))


def each(facts: Callable[[Any], Body]) -> Callable[[Sequence[Any]], Iterable[Body]]:
    """Return the facts of a batch from the facts of one row."""
    return lambda rows: map(facts, rows)


class Met:
    """Which rows of a table an entry was met of: a bit for a number, a member of a set for other keys."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[Hashable] = set()

    def __contains__(self, key: Hashable) -> bool:
        if not isinstance(key, int):
            return key in self._others
        place, bit = divmod(key, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def add(self, key: Hashable) -> None:
        """Note a row by its primary key."""
        if not isinstance(key, int):
            self._others.add(key)
            return
        place, bit = divmod(key, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits) + len(self._bits) // 2))
        self._bits[place] |= 1 << bit


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row that is stored: its primary key, what its entry says of it, its texts, and the number of its
    entry if it knows it."""

    key: Hashable
    facts: Body
    texts: Texts | None
    entry: int | None


class Vouching:
    """Compares the entries of one kind with their rows, in the order of entries. `hashes` are the names
    under which these entries have the hash of texts, of its own rows or of those of other kinds."""

    def __init__(self, kind: Kind, hashes: Collection[str] = (TEXTS,)):
        self.kind = kind
        self.hashes = frozenset(hashes)
        self.met = Met()
        self._related = RelatedRows()

    def faults(self, entries: Sequence[NumberedEntry], salts: Salts) -> Iterator[Fault]:
        """Yield what is wrong with each entry of a batch, of which `salts` has the salts; 1 query, and those
        of `facts`."""
        named = [(seq, entry) for seq, entry in entries if self.kind.applies(entry)]
        stored = self._stored({str(entry[self.kind.key]) for _, entry in named})
        for seq, entry in named:
            rows = stored.get(str(entry[self.kind.key]), [])
            if why := self._fault(seq, entry, rows, salts.get(seq)):
                yield seq, why

    def missing(self) -> str | None:
        """Return a sentence about the first row that no entry vouches for; None where there is none."""
        if self.kind.only:
            return None
        keys = self.kind.rows().order_by("pk").values_list("pk", flat=True)
        for key in keys.iterator(chunk_size=10_000):
            if key not in self.met:
                return f"{self.kind.name} {key} is stored, but no entry vouches for it"
        return None

    def _stored(self, keys: set[str]) -> dict[str, list[_Stored]]:
        rows = self._rows(keys)
        stored = defaultdict(list)
        for row, facts in zip(rows, self.kind.facts(rows), strict=True):
            number = getattr(row, self.kind.entry) if self.kind.entry else None
            texts = texts_of(row) if hasattr(row, "logged_texts") else None
            stored[self.kind.key_of(row)].append(_Stored(row.pk, facts, texts, number))
        return stored

    def _rows(self, keys: set[str]) -> list[Any]:
        try:
            rows = self.kind.rows().filter(**{f"{self.kind.field}__in": sorted(keys)})
            return self._related.load(rows.order_by("pk")) if keys else []
        except (ValueError, ValidationError):  # what names a row is none of its kind
            return []

    def _fault(
        self, seq: int, entry: Body, stored: Sequence[_Stored], salt: bytes | None
    ) -> str | None:
        """Return what is wrong with an entry, and note the row that it vouches for."""
        if not stored:
            return f"the {self.kind.name} it vouches for is missing"
        unmet = [row for row in stored if row.key not in self.met]
        if not unmet and self.kind.repeats:
            unmet = list(stored)
        if not unmet:
            return f"its {self.kind.name} was recorded before"
        row = next((row for row in unmet if not self._differing(row, seq, entry, salt)), unmet[0])
        self.met.add(row.key)
        if differing := self._differing(row, seq, entry, salt):
            return f"its {self.kind.name} differs from what was logged in {', '.join(differing)}"
        return None

    def _differing(self, row: _Stored, seq: int, entry: Body, salt: bytes | None) -> list[str]:
        """Return in what a row differs from what its entry says."""
        names = row.facts.keys() | entry.keys() if self.kind.whole else row.facts.keys()
        differing = sorted(
            name for name in names - self.hashes if row.facts.get(name) != entry.get(name)
        )
        if row.entry not in (None, seq):
            differing.append("the number of its entry")
        if not _texts_agree(row.texts, entry.get(self.kind.texts), salt):
            differing.append("what people wrote")
        return differing


def _texts_agree(texts: Texts | None, digest: str | None, salt: bytes | None) -> bool:
    """Return whether the texts of a row are those that its entry has the hash of. Some rows have none, as
    have entries of earlier versions; where the salt is erased, so are the texts."""
    if texts is None or digest is None:
        return True
    return texts.are_blank if salt is None else texts.digest(salt) == digest


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment of a row, which is that of an entry whatever time zone the entry wrote it in."""

    at: datetime

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Instant):
            return self.at == other.at
        try:
            return isinstance(other, str) and datetime.fromisoformat(other) == self.at
        except (ValueError, TypeError):
            return False

    __hash__ = None  # type: ignore[assignment]
