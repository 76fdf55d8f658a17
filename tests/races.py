"""What is done at the same time over real connections, for tests of races."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import connection, connections, transaction

from consent.decisions.invalidating import mark_invalid
from consent.decisions.recording import record
from consent.models import Decision, Invalidation, Scheme
from notices.errors import DraftChangedError
from privacy_portal.ground import days
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.models import Entry
from sharing.releases.handing_over import hand_over
from tests.example import UPN


def in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Does the work, and closes the connections of this thread."""
    try:
        return work(*arguments)
    finally:
        connections.close_all()


def at_once(
    rng: random.Random, *works: Sequence[Any], within: Sequence[float] = (0.02, 0.02)
) -> list[Any]:
    """What each of these gives, a function and its arguments, all begun within so many seconds."""
    barrier = threading.Barrier(len(works))

    def race(wait: float, work: Callable[..., Any], *arguments: Any) -> Any:
        barrier.wait()
        threading.Event().wait(wait)
        return work(*arguments)

    with ThreadPoolExecutor(len(works)) as pool:
        running = [
            pool.submit(in_thread, race, rng.random() * seconds, *work)
            for seconds, work in zip(within, works, strict=True)
        ]
        return [future.result(timeout=90) for future in running]


def waits_for_a_lock() -> bool:
    """Whether a connection to this database waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return bool(cursor.fetchone()[0])


def wait_until(condition: Callable[[], bool], seconds: int = 20) -> None:
    """Waits for the condition. Raises AssertionError when it does not come in this time."""
    for _ in range(seconds * 100):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("waited in vain")


def second_after(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What the second gives, begun before what the first did is committed: it waits for a lock."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(in_thread, second)
            wait_until(waits_for_a_lock)
        return waiting.result(timeout=90)


class PausedClock:
    """A clock that stops a hand-over when its pupils are `locked`, until `go_on` is set."""

    def __init__(self) -> None:
        self.locked, self.go_on = threading.Event(), threading.Event()
        self._asked = 0

    def __call__(self) -> datetime:
        # Asked first for the day, and then once the pupils are locked.
        self._asked += 1
        if self._asked == 2:
            self.locked.set()
            assert self.go_on.wait(20)
        return days.now()


def forget_rows(table: str, trigger: str) -> None:
    """Empties a table that is only added to, as only its owner can, for the next race."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"DELETE FROM {table}")
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


def open_again(by: User) -> None:
    """Marks what was decided as invalid, so that the pupil is open again for the next race."""
    for decision in Decision.objects.filter(invalidation=None):
        mark_invalid(
            decision, kind=Invalidation.Kind.OTHER, reason="For the next race", by=by, at=days.now()
        )


def all_at_once(*works):
    """Runs all at the same moment, each with a connection of its own; what each gave or raised."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait(10)
            return work()
        except (DraftChangedError, NotNowError) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def decide_now(choice, pupil, at=None):
    at = at or days.now()
    decision = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice=choice, by="parent",
        person_name="P", person_key="p", channel="online", received_at=at, recorded_at=at,
    )  # fmt: skip
    record([decision], by=None, at=at)


def hand_over_now(request, clock=days.now):
    """Hands over and says whether the first pupil's telephone left."""
    done = hand_over(request, clock=clock)
    left = f"{UPN},Barlow,1" in done.file.read_text()
    done.file.unlink()
    return left, done.disclosure.entry


def last_opt_out():
    """The number of the newest log entry of a decision."""
    newest = Entry.objects.order_by("-seq")
    return next(each.seq for each in newest if b"decision-recorded" in bytes(each.body))
