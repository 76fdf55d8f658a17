"""Bodies of requests: limits of time, size and number, and nothing left on the disk."""

import asyncio
from http import HTTPStatus

import pytest

from privacy_portal.front import bodies
from privacy_portal.front.bodies import Bodies, GoneError, Limits, Most, RefusedError
from tests.loops import run


@pytest.fixture
def limits(tmp_path):
    def limits(**more):
        usual = {"seconds": 5, "pause_seconds": 5, "bytes_a_second": 1000, "at_once": 10}
        return Limits(**{**usual, **more}, folder=tmp_path)

    return limits


def sends(*pieces, every=0.0, then=None):
    """What a server gives piece by piece; then nothing more comes unless it is said."""
    left = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    left.append(then or {"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        await asyncio.sleep(every)
        if left[0] == "never":
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def small(most=1000):
    return Most(most, most, None)


def read(limits, receive, most=None):
    """The content of what is read, or the status of a refusal."""

    async def reads():
        try:
            body = await Bodies(limits).read(receive, most or small())
        except RefusedError as refused:
            return refused.status
        with body.file:
            return body.file.read()

    return run(reads())


def test_a_body_is_the_same_however_it_comes(limits):
    assert read(limits(), sends()) == b""
    assert read(limits(), sends(b"a=1&", b"", b"b=2")) == b"a=1&b=2"


@pytest.mark.parametrize("size", [1, bodies.IN_MEMORY, bodies.IN_MEMORY + 1, 3_000_000])
def test_a_large_one_waits_in_a_file_without_a_name(limits, tmp_path, size):
    async def reads():
        body = await Bodies(limits()).read(sends(b"x" * size), small(size))
        assert list(tmp_path.iterdir()) == []
        assert body.size == len(body.file.read()) == size
        body.close()

    run(reads())


def test_one_that_takes_too_long_is_given_up(limits):
    late = limits(seconds=0.2)
    assert read(late, sends(*[b"x"] * 50, every=0.02)) is HTTPStatus.REQUEST_TIMEOUT


def test_but_not_while_much_arrives(limits):
    steady = limits(seconds=0.2, bytes_a_second=100)
    assert len(read(steady, sends(*[b"x" * 10] * 50, every=0.02))) == 500


def test_a_pause_ends_it_however_much_came_before(limits):
    pauses = limits(seconds=50, pause_seconds=0.1)
    assert read(pauses, sends(b"x" * 999, then="never")) is HTTPStatus.REQUEST_TIMEOUT


def test_who_goes_away_is_not_answered(limits, tmp_path):
    gone = {"type": "http.disconnect"}
    with pytest.raises(GoneError):
        read(limits(), sends(b"x" * 100_000, then=gone), small(200_000))
    assert list(tmp_path.iterdir()) == []


def test_with_too_many_at_once_the_slowest_is_given_up(limits):
    async def many():
        taken = Bodies(limits(at_once=3))
        slow = [
            asyncio.create_task(taken.read(sends(b"x" * 20 ** (2 - number), then="never"), small()))
            for number in range(3)
        ]
        await asyncio.sleep(0.05)
        quick = await taken.read(sends(b"quick"), small())
        with quick.file:
            assert quick.file.read() == b"quick"
        done, waiting = await asyncio.wait(slow, timeout=0.2)
        assert len(taken.reading) == 2
        for task in waiting:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        return [slow.index(task) for task in done], [task.exception() for task in done], taken

    slowest, (error,), taken = run(many())
    assert slowest == [2]
    assert error.status is HTTPStatus.REQUEST_TIMEOUT
    assert taken.reading == set()


def asked(answer):
    """Whether who sends may send a file, and how often that was asked."""

    async def may_send_file():
        may_send_file.times += 1
        return answer

    may_send_file.times = 0
    return may_send_file


def test_a_form_is_small_and_a_file_may_be_larger_for_who_may_send_one(limits):
    for may, size, taken in (
        (None, 101, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (False, 100, b"x" * 100),
        (False, 101, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (True, 500, b"x" * 500),
        (True, 501, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ):
        ask = None if may is None else asked(may)
        pieces = [b"x"] * size
        assert read(limits(), sends(*pieces), Most(100, 500, ask)) == taken
        if ask is not None:
            assert ask.times == (size > 100)


def test_a_file_that_is_too_large_is_read_on_and_not_kept(limits, monkeypatch):
    """A browser that still sends does not read the answer."""
    kept = []
    monkeypatch.setattr(bodies.Body, "keep", lambda self, chunk: kept.append(len(chunk)))
    receive = sends(*[b"x" * 100] * 40, then="never")
    late = limits(pause_seconds=0.1)
    assert read(late, receive, Most(100, 500, asked(True))) is HTTPStatus.REQUEST_TIMEOUT
    assert sum(kept) == 500
    receive = sends(*[b"x" * 100] * 60, then="never")
    far = read(limits(), receive, Most(100, 500, asked(True)))
    assert far is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_full_disk_is_said(limits, tmp_path):
    tmp_path.rmdir()
    answer = read(limits(), sends(b"x" * 100_000), small(200_000))
    assert answer is HTTPStatus.SERVICE_UNAVAILABLE
