"""Entries and the rows that they vouch for, compared both ways (`log verify`, L5).

Of each kind: which entries it has, which rows, and what an entry must say of its row. Rows are read for
a batch of entries at once, and those that were met are kept as a bit each.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

from privacy_portal.ground.log.related_rows import RelatedRows, Tuples
from privacy_portal.ground.log.texts import TEXTS, Texts, fields_of, has_texts, texts_of

Body = Mapping[str, Any]
# The number of an entry, and its body.
NumberedEntry = tuple[int, Body]
# The number of a bad entry, and what is wrong with it.
Fault = tuple[int, str]
# So many keys of a table are remembered, so that it is not asked for each of many entries that name no row of it.
FEW = 20_000
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

    `columns` says as expressions of `rows`, by the names of entries, what `facts` says, for a kind of which there are so
    many that it matters: the database compares by them, and only a row that is not as its entry says is made. It
    is for kinds whose entries name the primary key and that have none of `whole`, `entry`, `only` and `repeats`.
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
    columns: Callable[[], Mapping[str, Any]] | None = None

    def applies(self, entry: Body) -> bool:
        """Return whether an entry names a row: a refusal without a disclosure does not."""
        return entry.get(self.only or self.key) is not None

    def keys_of(self, rows: Iterable[Model]) -> Iterator[str]:
        """Yield the values by which entries name rows, as text."""
        key_of = attrgetter(self.field.replace("__", "."))
        return (str(key_of(row)) for row in rows)


def each(facts: Callable[[Any], Body]) -> Callable[[Sequence[Any]], Iterable[Body]]:
    """Return the facts of a batch from the facts of one row."""
    return lambda rows: map(facts, rows)


class Met:
    """Which rows of a table an entry was met of: a bit for a number, a member of a set for other keys."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._others: set[Hashable] = set()

    def __len__(self) -> int:
        return int.from_bytes(self._bits, "little").bit_count() + len(self._others)

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

    def update(self, other: "Met") -> None:
        """Note all rows that the other has met."""
        bits = int.from_bytes(self._bits, "little") | int.from_bytes(other._bits, "little")  # noqa: SLF001
        self._bits = bytearray(bits.to_bytes(-(-bits.bit_length() // 8), "little"))
        self._others |= other._others  # noqa: SLF001


class _Stored(NamedTuple):
    """A row that is stored, with what its entry says of it, and the number of its entry if it knows it."""

    row: Model
    facts: Body
    entry: int | None


class Vouching:
    """Compares the entries of one kind with their rows, in the order of entries. `hashes` are the names
    under which these entries have the hash of texts, of its own rows or of those of other kinds."""

    def __init__(self, kind: Kind, hashes: Collection[str] = (TEXTS,)):
        self.kind = kind
        self.hashes = frozenset(hashes)
        self.met = Met()

    @cached_property
    def _among(self) -> "QuerySet[Any]":
        """The rows that are compared, with a lookup whose values are given later."""
        return self.kind.rows().filter(**{f"{self.kind.field}__among": ()}).order_by("pk")

    @cached_property
    def _related(self) -> RelatedRows:
        return RelatedRows(self._among)

    @cached_property
    def _columns(self) -> "_Columns | None":
        return _Columns(self.kind, self._among) if self.kind.columns else None

    @cached_property
    def _few(self) -> frozenset[str] | None:
        """The values by which entries name all rows of the kind; None where there are more than FEW."""
        rows = self.kind.rows().select_related(None).order_by()
        keys = list(rows.values_list(self.kind.field, flat=True)[: FEW + 1])
        return None if len(keys) > FEW else frozenset(map(str, keys))

    def faults(self, entries: Sequence[NumberedEntry], salts: Salts) -> Iterator[Fault]:
        """Yield what is wrong with each entry of a batch, of which `salts` has the salts; 1 query, and those
        of `facts`; twice as many with `only`, and none where no entry names a row."""
        named: dict[str, list[NumberedEntry]] = defaultdict(list)
        for numbered in entries:
            if self.kind.applies(numbered[1]):
                named[str(numbered[1][self.kind.key])].append(numbered)
        if self._columns:
            for key in self._columns.agreeing(named, salts, self.met):
                del named[key]
        stored = self._stored(named)
        for key, naming in named.items():
            rows = stored.get(key, [])
            if len(rows) == len(naming) == 1 and self._agrees(rows[0], naming[0], salts):
                continue
            for seq, entry in naming:
                if why := self._fault(seq, entry, rows, salts.get(seq)):
                    yield seq, why
        if self.kind.only:
            yield from self._unsaid(entries)

    def _unsaid(self, entries: Sequence[NumberedEntry]) -> Iterator[Fault]:
        """Yield the entries that say nothing of a row which is stored. From before there were texts, an entry
        may have a row that is as it says otherwise."""
        kind = self.kind
        few, silent = self._few, {}
        for seq, entry in entries:
            if entry.get(kind.only) is None and entry.get(kind.key) is not None:
                key = str(entry[kind.key])
                if few is None or key in few:
                    silent[key] = (seq, entry)
        for key, stored in self._stored(silent).items():
            seq, entry = silent[key]
            facts = [each.facts for each in stored]
            if TEXTS in entry or any(
                entry.get(name) != value for said in facts for name, value in said.items()
            ):
                yield seq, f"the {kind.name} that is stored for it is not in it"

    def missing(self) -> str | None:
        """Return a sentence about the first row that no entry vouches for; None where there is none."""
        rows = self.kind.rows().select_related(None)
        # Each row that was met is one of these.
        if self.kind.only or rows.count() == len(self.met):
            return None
        keys = rows.order_by("pk").values_list("pk", flat=True)
        for key in keys.iterator(chunk_size=10_000):
            if key not in self.met:
                return f"{self.kind.name} {key} is stored, but no entry vouches for it"
        return None

    def _stored(self, keys: Collection[str]) -> dict[str, list[_Stored]]:
        if not keys:
            return {}
        rows, stored = self._related.load(keys), defaultdict(list)
        for key, row, facts in zip(
            self.kind.keys_of(rows), rows, self.kind.facts(rows), strict=True
        ):
            number = getattr(row, self.kind.entry) if self.kind.entry else None
            stored[key].append(_Stored(row, facts, number))
        return stored

    def _agrees(self, stored: _Stored, numbered: NumberedEntry, salts: Salts) -> bool:
        """Return whether an entry clearly says what the one row that it names is, and note the row. Nearly all
        do, and this takes half the time of finding out in what they differ."""
        seq, entry = numbered
        facts, key = stored.facts, stored.row.pk
        agrees = (
            facts.items() <= entry.items()
            and (not self.kind.whole or len(entry) == len(facts) + len(self.hashes & entry.keys()))
            and (stored.entry is None or stored.entry == seq)
            and key not in self.met
            and _texts_agree(stored.row, entry.get(self.kind.texts), salts.get(seq))
        )
        if agrees:
            self.met.add(key)
        return agrees

    def _fault(
        self, seq: int, entry: Body, stored: Sequence[_Stored], salt: bytes | None
    ) -> str | None:
        """Return what is wrong with an entry, and note the row that it vouches for."""
        if not stored:
            return f"the {self.kind.name} it vouches for is missing"
        unmet = [each for each in stored if each.row.pk not in self.met]
        if not unmet and self.kind.repeats:
            unmet = list(stored)
        if not unmet:
            return f"its {self.kind.name} was recorded before"
        differing: list[str] = []
        for candidate in reversed(unmet):
            differing = self._differing(candidate, seq, entry, salt)
            if not differing:
                break
        self.met.add(candidate.row.pk)
        if differing:
            return f"its {self.kind.name} differs from what was logged in {', '.join(differing)}"
        return None

    def _differing(self, stored: _Stored, seq: int, entry: Body, salt: bytes | None) -> list[str]:
        """Return in what a row differs from what its entry says."""
        facts = stored.facts
        names = [name for name, value in facts.items() if value != entry.get(name)]
        if self.kind.whole:
            names += [name for name in entry.keys() - facts.keys() if entry[name] is not None]
        differing = sorted(set(names) - self.hashes) if names else []
        if stored.entry not in (None, seq):
            differing.append("the number of its entry")
        if not _texts_agree(stored.row, entry.get(self.kind.texts), salt):
            differing.append("what people wrote")
        return differing


class _Columns:
    """The columns of rows that are compared with what entries say, without making the rows."""

    def __init__(self, kind: Kind, rows: "QuerySet[Any]"):
        assert kind.columns is not None
        columns = kind.columns()
        self._names, self._texts, self._place = list(columns), kind.texts, 1 + len(columns)
        self._told = itemgetter(*columns)
        model: type[Model] = rows.model
        self._fields = fields_of(model)
        self._stored = Tuples(rows, "pk", *columns.values(), *self._fields.names)

    def agreeing(
        self, named: Mapping[str, Sequence[NumberedEntry]], salts: Salts, met: Met
    ) -> Iterator[str]:
        """Yield the keys of rows of which the only entry clearly says what they are, and note them; 1 query."""
        texts, place = self._texts, self._place
        for row in self._stored.read(named):
            key = str(row[0])
            naming = named.get(key, ())
            if len(naming) != 1 or row[0] in met:
                continue
            [(seq, entry)] = naming
            said = [Instant(value) if type(value) is datetime else value for value in row[1:place]]
            if said == self._told_by(entry) and _digest_agrees(
                Texts(self._fields, row[place:]), entry.get(texts), salts.get(seq)
            ):
                met.add(row[0])
                yield key

    def _told_by(self, entry: Body) -> list[Any]:
        """Return what an entry says of the columns, None where it says nothing."""
        try:
            return [*self._told(entry)]
        except KeyError:
            return [entry.get(name) for name in self._names]


def _texts_agree(row: Model, digest: str | None, salt: bytes | None) -> bool:
    """Return whether the texts of a row are those that its entry has the hash of. Some rows have none, as
    have entries of earlier versions; where the salt is erased, so are the texts."""
    if digest is None or not has_texts(type(row)):
        return True
    return _digest_agrees(texts_of(row), digest, salt)


def _digest_agrees(texts: Texts, digest: str | None, salt: bytes | None) -> bool:
    if digest is None:
        return True
    return texts.are_blank if salt is None else texts.digest(salt) == digest


class Instant:
    """A moment of a row, which is that of an entry whatever time zone the entry wrote it in."""

    __slots__ = ("at",)

    def __init__(self, at: datetime):
        self.at = at

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Instant):
            return self.at == other.at
        try:
            return isinstance(other, str) and datetime.fromisoformat(other) == self.at
        except (ValueError, TypeError):
            return False

    __hash__ = None  # type: ignore[assignment]
