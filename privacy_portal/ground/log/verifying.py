"""Recompute the log from its first entry, and compare it with its rows and a checkpoint (`log verify`)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from django.db import DataError, InternalError, ProgrammingError

from privacy_portal.ground.log import reading, together
from privacy_portal.ground.log.append_only import faults_of_triggers
from privacy_portal.ground.log.examining import Check, Examiner, Stretch, Vouched, answer
from privacy_portal.ground.log.guards.comparing import fault_of_guards
from privacy_portal.ground.log.merkle import Frontier
from privacy_portal.ground.log.models import Head
from privacy_portal.ground.log.notes import Checkpoint
from privacy_portal.ground.log.reading import entries_stored, snapshot
from privacy_portal.ground.log.vouching import Fault, Kind, Vouching


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


@dataclass
class _Walk:
    """What is known of the log so far: its tree, and the entries whose salt is gone of which no erasure has
    been met."""

    vouched: Vouched | None
    frontier: Frontier = field(default_factory=Frontier)
    unsalted: set[int] = field(default_factory=set)

    def add(self, stretch: Stretch) -> None:
        """Add the next stretch. Raises LogBrokenError at the first entry that is bad."""
        if faults := [*stretch.faults, *self._unlike_erasures(stretch)]:
            raise LogBrokenError(*min(faults))
        if stretch.at_checkpoint is not None:
            tree = Frontier(self.frontier.size, self.frontier.hashes)
            tree.append(stretch.at_checkpoint)
            self.check_root(tree)
        self.frontier.append(stretch.tree)

    def check_root(self, tree: Frontier) -> None:
        """Raise LogBrokenError where the tree is another than the checkpoint of its size vouches for."""
        checkpoint = self.vouched.checkpoint if self.vouched else None
        if checkpoint is None or tree.size != checkpoint.size:
            return
        if tree.root() != checkpoint.root:
            raise LogBrokenError(
                None,
                f"the first {checkpoint.size} entries are not those that the checkpoint vouches for",
            )

    def _unlike_erasures(self, stretch: Stretch) -> Iterator[Fault]:
        """Yield the entries that say that salts were erased which are there."""
        self.unsalted |= stretch.unsalted
        for seq, erased in stretch.erasures:
            if not erased <= self.unsalted:
                still = min(erased - self.unsalted)
                yield seq, f"says that the texts of entry {still} were erased, which they were not"
            self.unsalted -= erased

    def unerased(self) -> Iterator[Fault]:
        """Yield the first entry whose salt is gone though no entry says that it was erased."""
        if self.unsalted:
            yield (
                min(self.unsalted),
                "the salt of its texts is gone, and no entry says it was erased",
            )


def verify(
    kinds: Sequence[Kind],
    *,
    progress: Callable[[int], None],
    vouched: Vouched | None = None,
    guarded: Sequence[str] = (),
    also: Sequence[Check] = (),
    processes: int = 1,
) -> Verified:
    """Recompute every leaf and the root, and compare each entry with the row it vouches for, and each row
    with its entry. `guarded` are the tables whose rows are only ever added: where there are any, what the
    database keeps by itself is compared with what migrations made; each of `also` says in a sentence what
    else is wrong.

    Reads one snapshot of the database (inside a transaction: that transaction's). With more than one of
    `processes`, they examine the log beside each other, but not inside a transaction; where anything is wrong
    then, it is read again from the first entry on, to name what is wrong first. Calls `progress` with the number
    of entries checked so far. Raises LogBrokenError at the first fault.
    """
    check = _Check(kinds, progress, vouched, guarded, also)
    with snapshot() as nested, together.uncollected():
        size = entries_stored()
        if processes > 1 and not nested:
            with suppress(LogBrokenError, together.InDoubtError):
                return check.made(partial(together.examined, size=size, processes=processes))
        return check.made(partial(_examined, size=size))


@dataclass(frozen=True, slots=True)
class _Check:
    """What `verify` is asked for."""

    kinds: Sequence[Kind]
    progress: Callable[[int], None]
    vouched: Vouched | None
    guarded: Sequence[str]
    also: Sequence[Check]

    def made(self, stretches: Callable[..., Iterable[Stretch]]) -> Verified:
        """Verify the log by the stretches that an examiner is given, in their order. Raises LogBrokenError, also
        where the database has not the tables and columns that the portal left."""
        try:
            return self._made(stretches)
        except (DataError, InternalError, ProgrammingError) as error:
            why = str(error).partition("\n")[0] if isinstance(error, ProgrammingError) else "data"
            raise LogBrokenError(
                None, f"the database cannot be read as the portal left it: {why}"
            ) from error

    def _guards(self) -> Sequence[Check]:
        """Return the checks of what the database keeps by itself."""
        return (partial(_trigger_fault, self.guarded), fault_of_guards) if self.guarded else ()

    def _made(self, stretches: Callable[..., Iterable[Stretch]]) -> Verified:
        vouchings = [Vouching(kind, _hashes(kind, self.kinds)) for kind in self.kinds]
        walk = _Walk(self.vouched)
        examiner = Examiner(vouchings, self.vouched, [*self.also, *self._guards()])
        for stretch in stretches(examiner, progress=self.progress):
            walk.add(stretch)
        _check_size(walk, Head.objects.first())
        for fault in walk.unerased():
            raise LogBrokenError(*fault)
        missing = (answer(vouching.missing) for vouching in vouchings)
        for why in chain(missing, map(examiner.answer, range(len(examiner.checks)))):
            if why:
                raise LogBrokenError(None, why)
        checkpoint = self.vouched.checkpoint if self.vouched else None
        return Verified(walk.frontier.size, walk.frontier.root().hex(), checkpoint)


def _trigger_fault(guarded: Sequence[str]) -> str | None:
    faults = faults_of_triggers(guarded)
    return faults[0].removesuffix(".") if faults else None


def _examined(
    examiner: Examiner, *, size: int, progress: Callable[[int], None]
) -> Iterator[Stretch]:
    """Yield the stretches of a log of so many entries, each as soon as it is examined."""
    for begin in range(0, size, reading.STRETCH):
        yield examiner.examine(begin, min(reading.STRETCH, size - begin))
        progress(min(begin + reading.STRETCH, size))


def _hashes(kind: Kind, kinds: Sequence[Kind]) -> set[str]:
    """Return the names under which entries of a kind have the hash of texts."""
    return {other.texts for other in kinds if not set(kind.events).isdisjoint(other.events)}


def _check_size(walk: _Walk, head: Head | None) -> None:
    if head is None:
        raise LogBrokenError(None, "the head of the log is missing")
    size = walk.frontier.size
    if size < max(head.size, walk.vouched.checkpoint.size if walk.vouched else 0):
        raise LogBrokenError(size, "is missing")
    if head.size < size:
        raise LogBrokenError(head.size, "was added past the head")
    if size == 0:
        walk.check_root(walk.frontier)
    if bytes(head.frontier) != walk.frontier.as_bytes():
        raise LogBrokenError(None, "the root of the entries is not the one the head vouches for")
