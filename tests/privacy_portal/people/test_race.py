"""Somebody is deactivated while a file of theirs is handed over, on real connections."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from privacy_portal.ground import days
from privacy_portal.ground.errors import NotNowError
from privacy_portal.people import keeping
from sharing.models import Disclosure
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import NOON, UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.races import PausedClock, at_once, in_thread


@pytest.fixture
def request_to_leave(committed, write):
    PupilFactory(upn=UPN)
    officer = OfficerFactory(email="officer@example.org")
    path = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "extract.csv")
    return Request(path, "extract.csv", "WIG-CNX", "careers-guidance", officer)


def leaves(request, clock=days.now):
    try:
        done = hand_over(request, clock=clock)
    except NotNowError:
        return False
    done.file.unlink()
    return True


def deactivate(user):
    keeping.deactivate(user, by=None, at=NOON)
    return Disclosure.objects.count()


def test_a_hand_over_under_way_comes_to_nothing_and_nobody_waits_for_it(request_to_leave):
    clock = PausedClock()
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, leaves, request_to_leave, clock)
        assert clock.locked.wait(20)
        assert pool.submit(in_thread, deactivate, request_to_leave.by).result(timeout=90) == 0
        clock.go_on.set()
        assert not handing.result(timeout=90)
    assert not Disclosure.objects.exists()
    assert not list((Path(settings.PRIVATE_DIR) / "permitted").glob("*.csv"))


def test_in_any_order_nothing_of_theirs_comes_after(request_to_leave, soak):
    rng = random.Random(20261130)
    for number in range(60 if soak else 8):
        officer = OfficerFactory(email=f"o{number}@example.org")
        request = Request(request_to_leave.path, "e.csv", "WIG-CNX", "careers-guidance", officer)
        before, _ = at_once(rng, (deactivate, officer), (leaves, request), within=(0.2, 0.2))
        assert Disclosure.objects.count() == before
