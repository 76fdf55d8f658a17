"""Web and worker are killed while people send opt-outs: what was acknowledged is there (C5)."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from stdnum.gb.upn import calc_check_digit

from consent.matching import matching
from consent.models import Decision, OptOutRequest, UnconfirmedOptOut
from privacy_portal.ground import days
from privacy_portal.ground.mail.models import Message
from sharing.auditing.verifying import verify_log
from tests.commands import run
from tests.rolls import ROLL_HEADINGS, pupil_row
from tests.servers import Person, Portal

AT_ONCE = 20


@pytest.fixture
def portal(committed, tmp_path, write):
    """Every second person's child is on the roll."""
    rows = ""
    for number in range(0, AT_ONCE, 2):
        digits = f"3599000000{number:02}"
        upn = calc_check_digit("A" + digits) + digits
        rows += pupil_row(UPN=upn, Forename=f"Pupil{number}")
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    # Room for the forms of all of them: two thirds of the threads.
    portal = Portal(committed, tmp_path / "data", threads=3 * AT_ONCE // 2)
    yield portal
    portal.kill()


def test_nothing_acknowledged_is_lost_or_doubled(portal, soak, record_property, capsys):
    rounds = 300 if soak else 3
    chance = random.Random(20261123)
    sent, received = set(), set()
    longest = 0.0
    for number in range(rounds):
        portal.start()
        stop = Event()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun = monotonic()
            people = [Person(portal) for _ in range(AT_ONCE)]
            running = [
                pool.submit(person.opts_out, f"Pupil{place}", stop)
                for place, person in enumerate(people)
            ]
            if number == 0:  # nobody is killed: this tells how long it takes
                for each in running:
                    each.result()
                longest = monotonic() - begun
            else:
                sleep(chance.uniform(0.5, 1.3) * longest)
            stop.set()
            portal.kill()
            for each in running:
                each.result()
        sent |= {person.sent for person in people if person.sent}
        received |= {person.received for person in people if person.received}
        portal_forgets_limits()
        portal.forget_files()
        if soak and number % 25 == 0:
            with capsys.disabled():
                print(f"\n{number} of {rounds} rounds, {len(sent)} acknowledged", flush=True)
        if number == 0:
            assert len(received) == AT_ONCE
    # The jobs of killed workers are done by the next, or by the one that looks every ten minutes.
    matching.match_all_confirmed(at=days.now())
    stored = Counter(OptOutRequest.objects.values_list("reference", flat=True))
    waiting = Counter(UnconfirmedOptOut.objects.values_list("reference", flat=True))
    assert sent <= set(stored + waiting)
    assert received <= set(stored)
    assert max((stored + waiting).values()) == 1
    decided = Counter(Decision.objects.values_list("request__reference", flat=True))
    assert max(decided.values()) == 1
    matched = {
        request.reference
        for request in OptOutRequest.objects.all()
        if int(request.forename.removeprefix("Pupil")) % 2 == 0
    }
    assert set(decided) == matched
    assert_mails_are_sent_or_queued(
        [f"opt-out-confirm/{each}" for each in stored + waiting]
        + [f"opt-out-received/{each}" for each in stored]
    )
    verify_log(lambda done: None)
    record_property(
        "figure",
        f"{rounds} kills: {len(sent)} opt-outs acknowledged, {len(received)} confirmed, none lost",
    )


def portal_forgets_limits() -> None:
    """Twenty people of one network address in an hour would be too many."""
    from privacy_portal.ground.limits.models import Attempt

    Attempt.objects.all().delete()


def assert_mails_are_sent_or_queued(keys: list[str]) -> None:
    mails = {message.key: message for message in Message.objects.filter(key__in=keys)}
    assert set(mails) == set(keys)
    # A job that a killed worker was at is "doing": the next worker starts it again.
    queued = set(
        ProcrastinateJob.objects.filter(
            task_name="mail.send", status__in=["todo", "doing"]
        ).values_list("args__message", flat=True)
    )
    for mail in mails.values():
        assert mail.sent_at is not None or mail.pk in queued, mail.key
