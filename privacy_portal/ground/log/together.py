"""Stretches of the log examined by several processes beside each other, all reading one snapshot (`log verify`).

Each is a fork with a connection of its own, and takes the next stretch as soon as it is done with one. So no process
sees what the others have met: what is found wrong here is certain, but not whether it is what is wrong first.
"""

import fcntl
import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from tempfile import TemporaryFile

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from privacy_portal.ground.log import reading
from privacy_portal.ground.log.examining import Examiner, Stretch
from privacy_portal.ground.log.vouching import Met

_FORK = multiprocessing.get_context("fork")


class InDoubtError(Exception):
    """Two processes met one row, or one process ended before it was done."""


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the cycle collector rest: what is read has no cycles, and there is so much of it that the collector
    would take as long as all else."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def examined(
    examiner: Examiner, *, size: int, processes: int, progress: Callable[[int], None]
) -> list[Stretch]:
    """Return the stretches of a log of so many entries, in their order; what was met, and what the checks beside
    say, is in the examiner then.

    Belongs in the transaction whose snapshot is read. Calls `progress` with the number of entries up
    to which this process and, about, the others have examined them. Raises InDoubtError.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    children = []
    with TemporaryFile() as untaken:
        try:
            for _ in range(1, processes):
                ours, theirs = _FORK.Pipe(duplex=False)
                child = _FORK.Process(
                    target=_examine_beside,
                    args=(examiner, untaken.fileno(), size, snapshot, theirs),
                    daemon=True,
                )
                child.start()
                theirs.close()
                children.append((child, ours))
            stretches = _examine(examiner, untaken.fileno(), size, progress)
            for _, ours in children:
                others, met, answers = _received(ours)
                stretches += others
                examiner.answers |= answers
                _join(examiner, met)
        finally:
            for child, ours in children:
                ours.close()
                child.terminate()
                child.join()
    progress(size)
    return sorted(stretches, key=lambda stretch: stretch.begin)


def _untaken(file: int, end: int) -> Iterator[int]:
    """Yield the numbers from 0 on, each for the process that first asks for it.

    The next stands in a file (by its descriptor) that is locked while it is taken: the lock of a process that
    is killed is gone with it, so that it holds up no other.
    """
    while True:
        fcntl.lockf(file, fcntl.LOCK_EX)
        number = int.from_bytes(os.pread(file, 8, 0))
        os.pwrite(file, (number + 1).to_bytes(8), 0)
        fcntl.lockf(file, fcntl.LOCK_UN)
        if number >= end:
            return
        yield number


def _examine(
    examiner: Examiner, untaken: int, size: int, progress: Callable[[int], None]
) -> list[Stretch]:
    """Examine stretches, up to the first in which something is wrong; once all are taken, make checks."""
    stretches: list[Stretch] = []
    begins = range(0, size, reading.STRETCH)
    for number in _untaken(untaken, len(begins) + len(examiner.checks)):
        if number >= len(begins):
            examiner.answer(number - len(begins))
            continue
        begin = begins[number]
        stretches.append(examiner.examine(begin, min(reading.STRETCH, size - begin)))
        progress(min(begin + reading.STRETCH, size))
        if stretches[-1].faults:
            break
    return stretches


def _examine_beside(
    examiner: Examiner, untaken: int, size: int, snapshot: str, to: Connection
) -> None:
    """Examine stretches in a process of its own, and send them with what was met."""
    inherited = connections[DEFAULT_DB_ALIAS]  # the parent's: kept so that nothing closes it
    del connections[DEFAULT_DB_ALIAS]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
        stretches = _examine(examiner, untaken, size, lambda entries: None)
    to.send((stretches, [vouching.met for vouching in examiner.vouchings], examiner.answers))
    connection.close()
    del inherited


def _received(ours: Connection) -> tuple[list[Stretch], list[Met], dict[int, str | None]]:
    try:
        stretches, met, answers = ours.recv()
    except EOFError as error:
        raise InDoubtError("a process ended before it was done") from error
    return stretches, met, answers


def _join(examiner: Examiner, met: Sequence[Met]) -> None:
    """Note what another process met. Raises InDoubtError where both met a row that has one entry."""
    for vouching, other in zip(examiner.vouchings, met, strict=True):
        both = len(vouching.met) + len(other)
        vouching.met.update(other)
        if len(vouching.met) < both and not vouching.kind.repeats:
            raise InDoubtError(f"a {vouching.kind.name} has two entries")
