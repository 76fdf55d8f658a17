"""Opt-outs against hand-overs of servers whose clocks differ by a minute (H2a): none slips past."""

import random
import subprocess
import sys
from datetime import timedelta

import pytest

from consent.decisions.recording import record
from consent.models import Decision, Pupil, Scheme
from privacy_portal.ground import days
from sharing.auditing.verifying import verify_log
from sharing.models import Recall
from tests.databases import database_url
from tests.example import UPN
from tests.places import ROOT
from tests.races import at_once, decide_now, hand_over_now, last_opt_out, open_again

SKEW = timedelta(seconds=60)

# A server of its own whose clock is wrong: it records an opt-out and ends.
OTHER_SERVER = """
import sys
from datetime import datetime, timedelta
import time_machine
with time_machine.travel(datetime.fromisoformat(sys.argv[1]), tick=True):
    import django
    django.setup()
    from consent.models import Pupil
    from tests.races import decide_now
    decide_now("opt-out", Pupil.objects.get(upns__upn=sys.argv[2]))
"""


@pytest.mark.parametrize("ahead", [SKEW, -SKEW, timedelta(days=3650)])
def test_an_opt_out_of_a_server_with_another_clock_is_honoured(scene, committed, tmp_path, ahead):
    environment = {
        "DATABASE_URL": database_url(committed),
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    wrong = (days.now() + ahead).isoformat()
    subprocess.run(
        [sys.executable, "-c", OTHER_SERVER, wrong, UPN], cwd=ROOT, env=environment, check=True
    )
    assert hand_over_now(scene)[0] is False


def test_in_any_order_of_commits_and_with_any_clock_an_opt_out_is_honoured(
    scene,
    soak,
    record_property,
):
    pupil = Pupil.objects.get(upns__upn=UPN)
    rng = random.Random(20261128)
    slipped, honoured = [], 0
    races = 1_000 if soak else 12
    for number in range(races):
        apart = rng.choice([SKEW, -SKEW])

        def other(apart=apart):
            return days.now() + apart

        _, (left, entry) = at_once(
            rng, (decide_now, "opt-out", pupil, days.now() - apart), (hand_over_now, scene, other),
            within=(0.2, 0.02),
        )  # fmt: skip
        opted = last_opt_out()
        if opted < entry and left:
            slipped.append(number)
        honoured += opted < entry and not left
        open_again(scene.by)
    assert not slipped
    assert honoured > 0
    verify_log(lambda entries: None)
    record_property(
        "figure",
        f"{races} races with clocks a minute apart: {honoured} opt-outs came first, "
        f"{len(slipped)} forbidden cells left",
    )


@pytest.mark.parametrize("ahead", [SKEW, -SKEW])
def test_a_hand_over_before_a_late_decision_is_called_back_whatever_its_clock(scene, ahead):
    """The hand-over is committed before the decision; its clock may say something else."""
    pupil = Pupil.objects.get(upns__upn=UPN)
    assert hand_over_now(scene, lambda: days.now() + ahead)[0] is True
    at = days.now()
    late = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out", by="parent",
        person_name="P", person_key="p", channel="import", import_key="p",
        received_at=days.start_of(days.today()), recorded_at=at,
    )  # fmt: skip
    record([late], by=None, at=at)
    assert Recall.objects.get().decision == late


@pytest.mark.parametrize("ahead", [SKEW, -SKEW])
def test_a_hand_over_between_sending_and_confirming_is_called_back(scene, ahead):
    pupil = Pupil.objects.get(upns__upn=UPN)
    sent = days.now()
    assert hand_over_now(scene, lambda: days.now() + ahead)[0] is True
    confirmed = days.now() + ahead
    decision = Decision(
        pupil=pupil, scheme=Scheme.objects.get(code="connexions"), choice="opt-out", by="parent",
        person_name="P", person_key="p", channel="online", received_at=sent, recorded_at=confirmed,
    )  # fmt: skip
    record([decision], by=None, at=confirmed)
    assert Recall.objects.get().decision == decision
