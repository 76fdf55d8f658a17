"""An opt-out about one record against a hand-over of another that may be of the same child, over real
connections (C6b, H2): none slips past."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from consent.identities import same_children
from consent.models import Pupil, SameChildQuestion
from privacy_portal.ground import days
from sharing.deciding import deciding
from sharing.releases.request import Request
from tests.commands import run
from tests.example import TWIN, UPN
from tests.factories.ground import OfficerFactory
from tests.races import (
    at_once,
    decide_now,
    hand_over_now,
    in_thread,
    last_opt_out,
    open_again,
    wait_until,
    waits_for_a_lock,
)
from tests.rolls import ROLL_HEADINGS, pupil_row


@pytest.fixture(params=["few", "many"])
def scene(committed, write, monkeypatch, request):
    """A child under an old and a new number, an officer, and an extract that names the new one."""
    if request.param == "many":
        monkeypatch.setattr(deciding, "FEW", 0)
    for row in (pupil_row(UPN=TWIN), pupil_row()):
        assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{row}", "roll.csv")).code == 0
    officer = OfficerFactory(email="officer@example.org")
    path = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n", "extract.csv")
    return Request(path, "extract.csv", "WIG-CNX", "careers-guidance", officer)


def older():
    return Pupil.objects.get(upns__upn=TWIN)


def test_a_hand_over_of_the_new_number_waits_for_an_opt_out_about_the_old_one(scene):
    pupil = older()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            decide_now("opt-out", pupil)
            handing = pool.submit(in_thread, hand_over_now, scene)
            wait_until(waits_for_a_lock)
            assert not handing.done()
        left, _ = handing.result(timeout=90)
    assert not left


def test_in_any_order_of_commits_an_opt_out_about_the_old_number_is_honoured(scene, soak):
    pupil = older()
    rng = random.Random(20261128)
    slipped, honoured = [], 0
    for number in range(300 if soak else 8):
        _, (left, entry) = at_once(rng, (decide_now, "opt-out", pupil), (hand_over_now, scene))
        opted = last_opt_out()
        if opted < entry and left:
            slipped.append(number)
        honoured += opted < entry and not left
        open_again(scene.by)
    assert not slipped
    assert honoured


def test_a_hand_over_waits_for_the_answer_that_both_are_one_child(scene):
    """It sees one record with every decision about either, not a moment in between."""
    decide_now("opt-out", older())
    question = SameChildQuestion.objects.get()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            same_children.answer([question.pk], same=True, reason="x", by=scene.by, at=days.now())
            handing = pool.submit(in_thread, hand_over_now, scene)
            wait_until(waits_for_a_lock)
            assert not handing.done()
        left, _ = handing.result(timeout=90)
    assert not left
