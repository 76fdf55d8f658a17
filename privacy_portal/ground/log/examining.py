"""A stretch of the log examined by itself: the bodies, their hashes, and the rows they vouch for."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from secrets import token_hex

import orjson
from django.core.exceptions import ObjectDoesNotExist

from privacy_portal.ground.log.folders import LogFolder
from privacy_portal.ground.log.merkle import Frontier, leaf_hashes
from privacy_portal.ground.log.notes import Checkpoint
from privacy_portal.ground.log.reading import entries_between, salts_between
from privacy_portal.ground.log.texts import TEXTS
from privacy_portal.ground.log.tree_proofs import WIDTH
from privacy_portal.ground.log.vouching import Body, Fault, NumberedEntry, Salts, Vouching

# The entry of an erasure tells of which entries the salts were deleted (R2).
ERASED = "details-erased"
# What is raised where an entry or a row is so unlike what the portal writes that they cannot be compared.
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, ObjectDoesNotExist, RecursionError,
    TypeError, ValueError,
)  # fmt: skip
# What a stored log is not: the bytes of its entries are canonical JSON (canonical.py).
_SORTED = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint to compare with, and a folder whose tiles it vouches for, by which the first entry
    that differs can be named."""

    checkpoint: Checkpoint
    tiles: LogFolder | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is known of the entries from number `begin` on once they were examined: the tree over them, and
    over those up to the checkpoint where that ends among them; what is wrong with them; those with the hash
    of texts whose salt is gone; and of which entries they say that it was erased."""

    begin: int
    tree: Frontier
    at_checkpoint: Frontier | None
    faults: Sequence[Fault]
    unsalted: frozenset[int]
    erasures: Sequence[tuple[int, frozenset[int]]]


# Returns a sentence about what is wrong beside entries and their rows; None where nothing is.
Check = Callable[[], str | None]


class Examiner:
    """Examines stretches of the log, and remembers which rows their entries vouch for; makes the `checks` of what
    is beside, and remembers what they say, by their place."""

    def __init__(
        self,
        vouchings: Sequence[Vouching],
        vouched: Vouched | None,
        checks: Sequence[Check] = (),
    ):
        self.vouchings, self.vouched, self.checks = vouchings, vouched, checks
        self.answers: dict[int, str | None] = {}
        by_event: dict[str, list[Vouching]] = defaultdict(list)
        for vouching in vouchings:
            for event in vouching.kind.events:
                by_event[event].append(vouching)
        self._by_event = dict(by_event)

    def examine(self, begin: int, size: int) -> Stretch:
        """Examine the entries that are stored from number `begin` on, of which there should be `size`."""
        entries = entries_between(begin, begin + size)
        numbers, bodies, stored = zip(*entries, strict=True) if entries else ((), (), ())
        leaves = leaf_hashes(bodies)
        faults = [*_misplaced(numbers, begin, size), *_unlike_leaf(numbers, stored, leaves)]
        faults += self._unlike_checkpoint(begin, leaves)
        # An earlier entry may differ from its row, and is then the first that is bad.
        sound = min(faults)[0] - begin if faults else len(bodies)
        parsed, not_canonical = _parsed(bodies[:sound], begin)
        telling = self._telling(parsed)
        erasures, unlike_erasures = _erasures(telling)
        salts = _salts(begin, begin + sound)
        hashed = {seq for seq, entry in telling if TEXTS in entry}
        faults += [
            *not_canonical,
            *_saying_nothing(parsed),
            *((seq, "has a salt, but no texts") for seq in salts.keys() - hashed),
            *unlike_erasures,
            *self._unlike_rows(telling, salts),
        ]
        at_checkpoint = self._at_checkpoint(begin, leaves)
        return Stretch(
            begin=begin,
            tree=_tree(leaves, at_checkpoint),
            at_checkpoint=at_checkpoint,
            faults=faults,
            unsalted=frozenset(hashed - salts.keys()),
            erasures=erasures,
        )

    def answer(self, number: int) -> str | None:
        """Return what the check with this place says, which is made once."""
        if number not in self.answers:
            self.answers[number] = answer(self.checks[number])
        return self.answers[number]

    def _telling(self, parsed: Sequence[NumberedEntry]) -> list[NumberedEntry]:
        """Return the entries that say something of a row, or of salts."""
        events = self._by_event
        try:
            return [
                numbered
                for numbered in parsed
                if (entry := numbered[1]).get("event") in events or TEXTS in entry
            ]
        except TypeError:  # an event that is a list or an object
            return [
                (seq, entry) for seq, entry in parsed if self._vouchings_of(entry) or TEXTS in entry
            ]

    def _vouchings_of(self, entry: Body) -> Sequence[Vouching]:
        event = entry.get("event")
        return self._by_event.get(event, ()) if isinstance(event, str) else ()

    def _at_checkpoint(self, begin: int, leaves: Sequence[bytes]) -> Frontier | None:
        size = self.vouched.checkpoint.size - begin if self.vouched else 0
        return _tree(leaves[:size]) if 0 < size <= len(leaves) else None

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

    def _unlike_rows(self, telling: Sequence[NumberedEntry], salts: Salts) -> Iterator[Fault]:
        """Yield the entries that say otherwise than their rows."""
        by_vouching: dict[Vouching, list[NumberedEntry]] = defaultdict(list)
        for seq, entry in telling:
            for vouching in self._vouchings_of(entry):
                by_vouching[vouching].append((seq, entry))
        for vouching, entries in by_vouching.items():
            try:
                yield from vouching.faults(entries, salts)
            except UNREADABLE:
                yield _unreadable(vouching, entries, salts)


def answer(check: Check) -> str | None:
    """Return what a check says, also where what is stored is so unlike what was written that it cannot be read."""
    try:
        return check()
    except UNREADABLE as error:
        name = getattr(check, "__qualname__", "a check")
        return f"what is stored cannot be read as it was written ({type(error).__name__} in {name})"


def _tree(leaves: Sequence[bytes], begun: Frontier | None = None) -> Frontier:
    """Return the tree over leaves, of which that over the first may have been made."""
    tree = Frontier(begun.size, begun.hashes) if begun else Frontier()
    tree.extend(leaves[tree.size :])
    return tree


def _unreadable(
    vouching: Vouching, entries: Sequence[NumberedEntry], salts: Salts
) -> tuple[int, str]:
    """Return the first of the entries that cannot be compared with its row, by halves: some of them cannot."""

    def why(part: Sequence[NumberedEntry]) -> str:
        try:
            list(Vouching(vouching.kind, vouching.hashes).faults(part, salts))
        except UNREADABLE as error:
            return type(error).__name__
        return ""

    while len(entries) > 1 and (half := entries[: len(entries) // 2]):
        entries = half if why(half) else entries[len(half) :]
    [(seq, _)] = entries
    return seq, f"cannot be compared with the {vouching.kind.name} it vouches for ({why(entries)})"


def _saying_nothing(parsed: Sequence[NumberedEntry]) -> Iterator[Fault]:
    """Yield the entries that do not say what happened and when, as each does."""
    try:
        told = set(map(type, map(itemgetter("event"), map(itemgetter(1), parsed))))
        told |= set(map(type, map(itemgetter("at"), map(itemgetter(1), parsed))))
        if told <= {str}:
            return
    except KeyError:
        pass
    for seq, entry in parsed:
        if not isinstance(entry.get("event"), str) or not isinstance(entry.get("at"), str):
            yield seq, "does not say what happened and when"


def _erasures(
    telling: Sequence[NumberedEntry],
) -> tuple[list[tuple[int, frozenset[int]]], list[Fault]]:
    """Return the entries of erasures with the numbers of the entries whose salts they say were deleted, and
    those that do not say it as numbers."""
    erasures, faults = [], []
    for seq, entry in telling:
        if entry.get("event") == ERASED:
            numbers = entry.get("entries", ())
            if isinstance(numbers, list | tuple) and {type(each) for each in numbers} <= {int}:
                erasures.append((seq, frozenset(numbers)))
            else:
                faults.append((seq, "does not say of which entries the texts were erased"))
    return erasures, faults


def _salts(begin: int, end: int) -> Salts:
    """Return the salts of the entries from `begin` to before `end`; 1 query."""
    return dict(salts_between(begin, end))


def _misplaced(numbers: Sequence[int], begin: int, size: int) -> Iterator[Fault]:
    expected = tuple(range(begin, begin + size))
    if numbers != expected:
        differing = (
            number for number, seq in zip(expected, numbers, strict=False) if seq != number
        )
        yield next(differing, begin + min(len(numbers), size)), "is missing"


def _unlike_leaf(
    numbers: Sequence[int], stored: Sequence[bytes], leaves: Sequence[bytes]
) -> Iterator[Fault]:
    if list(stored) != leaves:
        for seq, hashed, leaf in zip(numbers, stored, leaves, strict=True):
            if hashed != leaf:
                yield seq, "the body does not have the hash it was stored with"


def _parsed(bodies: Sequence[bytes], begin: int) -> tuple[list[NumberedEntry], list[Fault]]:
    """Return the bodies as JSON with their numbers, and those that are not canonical JSON."""
    if (entries := _parsed_at_once(bodies)) is not None:
        return list(enumerate(entries, begin)), []
    parsed: list[NumberedEntry] = []
    faults: list[Fault] = []
    for seq, body in enumerate(bodies, begin):
        if (entry := _canonical(body)) is None:
            faults.append((seq, "the body is not canonical JSON"))
        else:
            parsed.append((seq, entry))
    return parsed, faults


def _canonical(body: bytes) -> Body | None:
    """Return a body as JSON; None where it is not canonical."""
    try:
        entry = orjson.loads(body)
        if isinstance(entry, dict) and orjson.dumps(entry, option=_SORTED) == body:
            return entry
    except (orjson.JSONDecodeError, TypeError):
        pass
    return None


def _parsed_at_once(bodies: Sequence[bytes]) -> list[Body] | None:
    """Return the bodies as JSON, parsed and compared as one array, which is three times as fast; None where one
    is not canonical JSON.

    Between two bodies stands a random text that no body can have. So each of these texts is an item of the
    array itself, and one body is what stands between two of them, whatever brackets bodies have.
    """
    between = token_hex(16)
    joined = b"[%b]" % f',"{between}",'.encode().join(bodies)
    try:
        items = orjson.loads(joined)
        entries: list[Body] = items[::2]
        sound = (
            items[1::2] == [between] * (len(bodies) - 1)
            and len(entries) == len(bodies)
            and set(map(type, entries)) <= {dict}
            and orjson.dumps(items, option=_SORTED) == joined
        )
    except (orjson.JSONDecodeError, TypeError):
        return None
    return entries if sound else None
