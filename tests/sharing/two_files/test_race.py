"""Two files to one organisation at the same moment, over two real connections: each is compared with the
other, so that they never both leave unseen (D)."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from privacy_portal.ground import days
from sharing.errors import NeedsApprovalError
from sharing.models import Disclosure
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import DAY
from tests.factories.consent import DecisionFactory, PupilFactory
from tests.factories.ground import OfficerFactory
from tests.factories.sharing import AgreementFactory
from tests.races import PausedClock, at_once, in_thread, wait_until, waits_for_a_lock

OPTED_OUT, PURPOSES = "height-weight", ("height-weight-feedback", "health-statistics")


@pytest.fixture
def two_requests(committed, write):
    """Make two requests about a pupil, new each time, who is opted out of one of the two purposes."""
    officer = OfficerFactory(email="officer@example.org")
    AgreementFactory(
        reference="PH", recipient="public-health", purposes=("health-statistics",),
        items=("pupil.sex", "pupil.school"), at=days.now(), starts=DAY,
    )  # fmt: skip

    def make():
        pupils = [PupilFactory(surname=surname) for surname in ("Ash", "Birch")]
        DecisionFactory(pupil=pupils[0], scheme=OPTED_OUT)
        numbers = [pupil.upns.get().upn for pupil in pupils]
        columns = (("Surname", ("Ash", "Birch")), ("Sex", ("F", "F")))
        requests = []
        for reference, purpose, (heading, cells) in zip(
            ("WIG-PH-HW", "PH"), PURPOSES, columns, strict=True
        ):
            rows = "".join(f"{upn},{cell}\r\n" for upn, cell in zip(numbers, cells, strict=True))
            path = write(f"UPN,{heading}\r\n{rows}", f"{reference}-{numbers[0]}.csv")
            requests.append(Request(path, path.name, reference, purpose, officer))
        return requests

    return make


def leaves(request, clock=days.now):
    """Hand over and say whether it left; what tells who opted out does not."""
    try:
        done = hand_over(request, clock=clock)
    except NeedsApprovalError:
        return False
    done.file.unlink()
    return True


def test_the_second_waits_for_the_first_and_is_compared_with_it(two_requests):
    first, second = two_requests()
    clock = PausedClock()
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, leaves, first, clock)
        assert clock.locked.wait(20)
        waiting = pool.submit(in_thread, leaves, second)
        wait_until(waits_for_a_lock)
        assert not waiting.done()
        clock.go_on.set()
        assert handing.result(timeout=90)
        assert not waiting.result(timeout=90)
    assert Disclosure.objects.count() == 1


def test_of_two_at_once_exactly_one_leaves(two_requests, soak):
    rng = random.Random(20261129)
    for _ in range(200 if soak else 10):
        first, second = two_requests()
        assert sorted(at_once(rng, (leaves, first), (leaves, second))) == [False, True]


def test_files_for_one_organisation_leave_one_after_another_whoever_they_are_about(two_requests):
    """The lock is the organisation's: comparing does not rest on how pupils are locked."""
    (first, _), (_, second) = two_requests(), two_requests()
    clock = PausedClock()
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, leaves, first, clock)
        assert clock.locked.wait(20)
        waiting = pool.submit(in_thread, leaves, second)
        wait_until(waits_for_a_lock)
        clock.go_on.set()
        assert handing.result(timeout=90)
        assert waiting.result(timeout=90)
