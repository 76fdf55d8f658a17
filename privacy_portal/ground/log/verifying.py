"""Recompute the log from its first entry, and compare it with its rows and a checkpoint (`log verify`)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from privacy_portal.ground.log.append_only import faults_of_triggers
from privacy_portal.ground.log.folders import LogFolder
from privacy_portal.ground.log.merkle import Frontier, leaf_hashes
from privacy_portal.ground.log.models import Head, Salt
from privacy_portal.ground.log.notes import Checkpoint
from privacy_portal.ground.log.reading import StoredEntry, snapshot, stored_entries
from privacy_portal.ground.log.texts import TEXTS
from privacy_portal.ground.log.tree_proofs import WIDTH
from privacy_portal.ground.log.vouching import Fault, Kind, NumberedEntry, Salts, Vouching

# The entry of an erasure tells of which entries the salts were deleted (R2).
ERASED = "details-erased"
# What a stored log is not: the bytes of its entries are canonical JSON (canonical.py).
_SORTED = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Verified:
    """A sound log: how many entries, the root over them as 64 hexadecimal digits, and the checkpoint that
    it has grown from, if it was compared with one."""

    size: int
    root: str
    checkpoint: Checkpoint | None = None


class LogBrokenError(Exception):
    """The log is not as it was written. `seq` is the first bad entry; None: the head, a row that no entry
    vouches for, or a table that is no longer guarded."""

    def __init__(self, seq: int | None, why: str):
        self.seq = seq
        self.why = why
        super().__init__(f"entry {seq}: {why}" if seq is not None else why)


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint to compare with, and a folder whose tiles it vouches for, by which the first entry
    that differs can be named."""

    checkpoint: Checkpoint
    tiles: LogFolder | None = None


@dataclass
class _Walk:
    """What is known of the log so far: its tree, the rows that were met, and the entries whose salt is gone
    of which no erasure has been met."""

    vouched: Vouched | None
    vouchings: Mapping[str, Sequence[Vouching]]
    frontier: Frontier = field(default_factory=Frontier)
    unsalted: set[int] = field(default_factory=set)

    def take(self, entries: Sequence[StoredEntry]) -> None:
        """Check the next entries. Raises LogBrokenError at the first that is bad."""
        begin = self.frontier.size
        bodies = [body for _, body, _ in entries]
        leaves = leaf_hashes(bodies)
        faults = [*_misplaced(entries, begin), *_unlike_leaf(entries, leaves)]
        faults += self._unlike_checkpoint(begin, leaves)
        # An earlier entry may differ from its row, and is then the first that is bad.
        sound = min(faults)[0] - begin if faults else len(bodies)
        parsed, not_canonical = _parsed(bodies[:sound], begin)
        salts = _salts(begin, begin + sound)
        faults += [
            *not_canonical, *self._unlike_salts(parsed, salts), *self._unlike_rows(parsed, salts)
        ]  # fmt: skip
        if faults:
            raise LogBrokenError(*min(faults))
        self._grow(leaves)

    def _grow(self, leaves: Sequence[bytes]) -> None:
        vouched = self.vouched.checkpoint.size if self.vouched else 0
        if 0 < (first := vouched - self.frontier.size) <= len(leaves):
            self.frontier.extend(leaves[:first])
            self.check_root()
            leaves = leaves[first:]
        self.frontier.extend(leaves)

    def check_root(self) -> None:
        """Raise LogBrokenError where the tree at the checkpoint's size is another than it vouches for."""
        checkpoint = self.vouched.checkpoint if self.vouched else None
        if checkpoint is None or self.frontier.size != checkpoint.size:
            return
        if self.frontier.root() != checkpoint.root:
            raise LogBrokenError(
                None,
                f"the first {checkpoint.size} entries are not those that the checkpoint vouches for",
            )

    def _unlike_checkpoint(self, begin: int, leaves: Sequence[bytes]) -> Iterator[Fault]:
        """Yield the first entry whose hash is another than the checkpoint's tiles say."""
        if self.vouched is None or self.vouched.tiles is None:
            return
        size, tiles = self.vouched.checkpoint.size, self.vouched.tiles
        for start in range(begin // WIDTH * WIDTH, min(begin + len(leaves), size), WIDTH):
            tile = tiles.tile(0, start // WIDTH, min(WIDTH, size - start))
            for place, vouched in enumerate(tile, start):
                if begin <= place < begin + len(leaves) and leaves[place - begin] != vouched:
                    yield place, "is not the one that the checkpoint vouches for"
                    return

    def _unlike_salts(self, parsed: Sequence[NumberedEntry], salts: Salts) -> Iterator[Fault]:
        """Yield the entries whose salt is there without a hash, and erasures of salts that are there."""
        hashed = {seq for seq, entry in parsed if TEXTS in entry}
        yield from ((seq, "has a salt, but no texts") for seq in salts.keys() - hashed)
        self.unsalted |= hashed - salts.keys()
        for seq, entry in parsed:
            if entry.get("event") == ERASED:
                erased = {number for number in entry.get("entries", ()) if isinstance(number, int)}
                if not erased <= self.unsalted:
                    still = min(erased - self.unsalted)
                    yield (
                        seq,
                        f"says that the texts of entry {still} were erased, which they were not",
                    )
                self.unsalted -= erased

    def unerased(self) -> Iterator[Fault]:
        """Yield the first entry whose salt is gone though no entry says that it was erased."""
        if self.unsalted:
            yield (
                min(self.unsalted),
                "the salt of its texts is gone, and no entry says it was erased",
            )

    def _unlike_rows(self, parsed: Sequence[NumberedEntry], salts: Salts) -> Iterator[Fault]:
        """Yield the entries that say otherwise than their rows."""
        by_event: dict[tuple[Vouching, ...], list[NumberedEntry]] = defaultdict(list)
        for seq, entry in parsed:
            event = entry.get("event")
            if isinstance(event, str) and (vouchings := self.vouchings.get(event)):
                by_event[tuple(vouchings)].append((seq, entry))
        for vouchings, entries in by_event.items():
            for vouching in vouchings:
                yield from vouching.faults(entries, salts)


def verify(
    kinds: Sequence[Kind],
    *,
    progress: Callable[[int], None],
    vouched: Vouched | None = None,
    guarded: Sequence[str] = (),
    also: Sequence[Callable[[], str | None]] = (),
) -> Verified:
    """Recompute every leaf and the root, and compare each entry with the row it vouches for, and each row
    with its entry. `guarded` are the tables whose rows are only ever added; each of `also` says in a sentence
    what else is wrong.

    Reads one snapshot of the database (inside a transaction: that transaction's). Calls `progress` with
    the number of entries checked so far. Raises LogBrokenError at the first fault.
    """
    vouchings = [Vouching(kind, _hashes(kind, kinds)) for kind in kinds]
    by_event: dict[str, list[Vouching]] = defaultdict(list)
    for vouching in vouchings:
        for event in vouching.kind.events:
            by_event[event].append(vouching)
    walk = _Walk(vouched, by_event)
    with snapshot():
        head = Head.objects.get()
        for entries in stored_entries():
            walk.take(entries)
            progress(walk.frontier.size)
        _check_size(walk, head)
        for fault in walk.unerased():
            raise LogBrokenError(*fault)
        for check in (*(vouching.missing for vouching in vouchings), *also):
            if why := check():
                raise LogBrokenError(None, why)
        if faults := faults_of_triggers(guarded):
            raise LogBrokenError(None, faults[0])
    checkpoint = vouched.checkpoint if vouched else None
    return Verified(walk.frontier.size, walk.frontier.root().hex(), checkpoint)


def _hashes(kind: Kind, kinds: Sequence[Kind]) -> set[str]:
    """Return the names under which entries of a kind have the hash of texts."""
    return {other.texts for other in kinds if not set(kind.events).isdisjoint(other.events)}


def _check_size(walk: _Walk, head: Head) -> None:
    size = walk.frontier.size
    if size < max(head.size, walk.vouched.checkpoint.size if walk.vouched else 0):
        raise LogBrokenError(size, "is missing")
    if head.size < size:
        raise LogBrokenError(head.size, "was added past the head")
    if size == 0:
        walk.check_root()
    if bytes(head.frontier) != walk.frontier.as_bytes():
        raise LogBrokenError(None, "the root of the entries is not the one the head vouches for")


def _salts(begin: int, end: int) -> Salts:
    """Return the salts of the entries from `begin` to before `end`; 1 query."""
    salts = Salt.objects.filter(entry__gte=begin, entry__lt=end).values_list("entry", "salt")
    return {entry: bytes(salt) for entry, salt in salts}


def _misplaced(entries: Sequence[StoredEntry], begin: int) -> Iterator[Fault]:
    for number, (seq, _, _) in enumerate(entries, begin):
        if seq != number:
            yield number, "is missing"
            return


def _unlike_leaf(entries: Sequence[StoredEntry], leaves: Sequence[bytes]) -> Iterator[Fault]:
    if [leaf for _, _, leaf in entries] != leaves:
        for (seq, _, stored), leaf in zip(entries, leaves, strict=True):
            if stored != leaf:
                yield seq, "the body does not have the hash it was stored with"


def _parsed(bodies: Sequence[bytes], begin: int) -> tuple[list[NumberedEntry], list[Fault]]:
    """Return the bodies as JSON with their numbers, and those that are not canonical JSON."""
    parsed: list[NumberedEntry] = []
    faults: list[Fault] = []
    for seq, body in enumerate(bodies, begin):
        try:
            entry = orjson.loads(body)
            if isinstance(entry, dict) and orjson.dumps(entry, option=_SORTED) == body:
                parsed.append((seq, entry))
                continue
        except (orjson.JSONDecodeError, TypeError):
            pass
        faults.append((seq, "the body is not canonical JSON"))
    return parsed, faults
