"""A control that fails while files are handed over, on real connections: those under way end first, and none
begins afterwards (K3)."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from privacy_portal.ground import days
from sharing.control import resuming, running
from sharing.control.running import Case
from sharing.control_rules import Outcome, Verdict
from sharing.errors import HandOversStoppedError
from sharing.models import ControlResult, ControlRun, Disclosure
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import UPN
from tests.factories.consent import PupilFactory, scheme_of
from tests.factories.ground import OfficerFactory
from tests.races import PausedClock, at_once, in_thread, wait_until, waits_for_a_lock


@pytest.fixture
def request_to_leave(committed, write):
    PupilFactory(upn=UPN)
    officer = OfficerFactory(email="officer@example.org")
    path = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "extract.csv")
    return Request(path, "extract.csv", "WIG-CNX", "careers-guidance", officer)


def leaves(request, clock=days.now):
    try:
        done = hand_over(request, clock=clock)
    except HandOversStoppedError:
        return False
    done.file.unlink()
    return True


def fails():
    """Record a control that failed, as the job does."""
    running._record(
        [Case(scheme_of())], [Verdict(Outcome.FAILED, ("Telephone",))],
        started_at=days.now(), clock=days.now, by=None,
    )  # fmt: skip


def test_a_control_that_fails_waits_for_the_hand_over_under_way_and_none_follows(request_to_leave):
    clock = PausedClock()
    with ThreadPoolExecutor(3) as pool:
        handing = pool.submit(in_thread, leaves, request_to_leave, clock)
        assert clock.locked.wait(20)
        failing = pool.submit(in_thread, fails)
        wait_until(waits_for_a_lock)
        assert not ControlRun.objects.exists()
        late = pool.submit(in_thread, leaves, request_to_leave)
        clock.go_on.set()
        assert handing.result(timeout=90)
        failing.result(timeout=90)
        assert not late.result(timeout=90)
    assert Disclosure.objects.count() == 1


def test_in_any_order_no_hand_over_stands_in_the_log_after_the_failure(request_to_leave, soak):
    rng = random.Random(20261129)
    left = 0
    for _ in range(100 if soak else 8):
        before = Disclosure.objects.count()
        _, went = at_once(rng, (fails,), (leaves, request_to_leave))
        failed = ControlResult.objects.latest("pk")
        new = Disclosure.objects.filter(pk__gt=0).order_by("entry")[before:]
        assert len(new) == went
        left += went
        assert all(disclosure.at <= failed.run.at for disclosure in new)
        resume()
    assert left < (100 if soak else 8)


def resume():
    """Let files leave again, for the next round."""
    by, second = OfficerFactory(), OfficerFactory()
    running._record(
        [Case(scheme_of())], [Verdict(Outcome.HELD)], started_at=days.now(), clock=days.now, by=None
    )
    said = resuming.propose(reason="Mended.", by=by, at=days.now())
    resuming.answer(said.pk, agrees=True, note="", by=second, at=days.now())


def test_controls_and_hand_overs_never_wait_for_one_another_in_a_circle(request_to_leave):
    """The control's own entry names agreements that a hand-over holds while it waits for the log."""
    rng = random.Random(20261130)
    for _ in range(4):
        works = [(running_once,), (running_once,), (leaves, request_to_leave)]
        *_, left = at_once(rng, *works, within=(0.3, 0.3, 0.6))
        assert left
    outcomes = set(ControlResult.objects.values_list("outcome", "why"))
    assert outcomes == {("held", "")}


def running_once():
    running.run(clock=days.now)
