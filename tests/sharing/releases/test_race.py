"""Opt-out against hand-over, over two real connections (H2): none slips past."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction

from consent.models import Pupil
from privacy_portal.ground import days
from privacy_portal.ground.log.models import Entry, Head
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.agreements import signing
from sharing.auditing.verifying import verify_log
from sharing.models import AgreementVersion, Release
from sharing.releases import desk, handing_over
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from tests.example import TWIN, UPN
from tests.races import (
    PausedClock,
    at_once,
    decide_now,
    forget_rows,
    hand_over_now,
    in_thread,
    last_opt_out,
    open_again,
    wait_until,
    waits_for_a_lock,
)
from tests.releases import check_extract


def test_a_hand_over_waits_for_an_opt_out_under_way_and_honours_it(scene):
    pupil = Pupil.objects.get(upns__upn=UPN)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            decide_now("opt-out", pupil)
            handing = pool.submit(in_thread, hand_over_now, scene)
            wait_until(waits_for_a_lock)
            assert not handing.done()
        left, _ = handing.result(timeout=90)
    assert not left


def test_an_opt_out_waits_for_a_hand_over_under_way(scene):
    pupil = Pupil.objects.get(upns__upn=UPN)
    clock = PausedClock()
    with ThreadPoolExecutor(2) as pool:
        handing = pool.submit(in_thread, hand_over_now, scene, clock)
        assert clock.locked.wait(20)
        opting = pool.submit(in_thread, decide_now, "opt-out", pupil)
        wait_until(waits_for_a_lock)
        assert not opting.done()
        clock.go_on.set()
        left, _ = handing.result(timeout=90)
        opting.result(timeout=90)
    assert left
    assert hand_over_now(scene)[0] is False


def test_in_any_order_of_commits_an_opt_out_logged_before_a_hand_over_is_honoured(scene, soak):
    pupil = Pupil.objects.get(upns__upn=UPN)
    rng = random.Random(20261123)
    slipped, honoured = [], 0
    for number in range(1_000 if soak else 12):
        _, (left, entry) = at_once(rng, (decide_now, "opt-out", pupil), (hand_over_now, scene))
        opted = last_opt_out()
        if opted < entry and left:
            slipped.append(number)
        honoured += opted < entry and not left
        open_again(scene.by)
    assert not slipped
    assert honoured > 0
    assert verify_log(lambda entries: None).size == Head.objects.get().size


def test_two_hand_overs_of_the_same_pupils_in_other_orders_do_not_deadlock(scene, write):
    other = Request(
        write(f"UPN,Surname\r\n{TWIN},Barlow\r\n{UPN},Barlow\r\n", "other.csv"),
        "other.csv", "WIG-CNX", "careers-guidance", scene.by,
    )  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            both = [pool.submit(in_thread, hand_over_now, each) for each in (scene, other)]
            for each in both:
                each.result(timeout=90)
    verify_log(lambda entries: None)


def test_in_any_order_of_commits_a_suspension_logged_before_a_hand_over_is_honoured(scene, soak):
    """An agreement suspended by one officer while another hands over (H2)."""
    rng = random.Random(20261124)
    version = AgreementVersion.objects.get(agreement__reference="WIG-CNX", number=2)
    slipped, honoured = [], 0
    for number in range(1_000 if soak else 12):
        _, (left, entry) = at_once(
            rng, (suspend_now, version.pk, scene.by), (hand_if_allowed, scene)
        )
        newest = Entry.objects.order_by("-seq")
        suspended = next(e.seq for e in newest if b"agreement-suspended" in bytes(e.body))
        if suspended < entry and left:
            slipped.append(number)
        honoured += suspended < entry and not left
        # In force again for the next race, as only the tables' owner can do it.
        forget_rows("sharing_suspension", "frozen")
    assert not slipped
    assert honoured > 0
    with pytest.raises(LogBrokenError, match="logged in its suspensions"):
        verify_log(lambda entries: None)


def suspend_now(version, officer):
    signing.suspend(
        version, first=days.today(), last=None, note="A breach", by=officer, at=days.now()
    )


def hand_if_allowed(request):
    """Hands over and says whether anything left, and the number of its entry."""
    done = hand_over(request, clock=days.now)
    if done.file:
        done.file.unlink()
    return done.file is not None, done.disclosure.entry


def test_of_two_downloads_at_once_one_leaves(scene):
    from privacy_portal.ground.errors import NotNowError

    checked = check_extract(
        scene.path, name="x.csv", agreement=scene.agreement, purpose=scene.purpose, reference="",
        by=scene.by, at=days.now(),
    )  # fmt: skip
    desk.release(checked.pk, by=scene.by, at=days.now())
    barrier = threading.Barrier(3)

    def download():
        barrier.wait()
        try:
            done = handing_over.hand_over_release(checked.pk, by=scene.by, clock=days.now)
        except NotNowError:
            return 0
        done.file.unlink()
        return 1

    with ThreadPoolExecutor(3) as pool:
        left = [
            each.result(timeout=60) for each in [pool.submit(in_thread, download) for _ in "abc"]
        ]
    assert sum(left) == 1
    verify_log(lambda entries: None)


def test_a_decision_that_is_not_committed_leaves_no_entry(pupil):
    before = Head.objects.get().size

    def interrupted():
        with transaction.atomic():
            decide_now("opt-out", pupil)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert Head.objects.get().size == before
    decide_now("opt-out", pupil)
    assert Head.objects.get().size == before + 1


def test_a_release_that_is_handed_over_as_it_expires_is_not_waited_for(scene):
    """Pages ask for what is due too, and never wait for a hand-over (H4)."""
    at = days.now()
    checked = check_extract(
        scene.path, name="extract.csv", agreement=scene.agreement, purpose=scene.purpose,
        reference="", by=scene.by, at=at,
    )  # fmt: skip
    late = at + timedelta(hours=24)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Release.objects.select_for_update(of=("self",)).get(pk=checked.pk)
        expiring = pool.submit(in_thread, lambda: desk.expire_due(at=late))
        assert expiring.result(timeout=90) == 0
    assert Release.objects.get(pk=checked.pk).state == Release.State.CHECKED
    assert desk.expire_due(at=late) == 1
    assert Release.objects.get(pk=checked.pk).state == Release.State.EXPIRED
