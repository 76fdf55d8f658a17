"""Right after any hand-over both answers are what was recorded: nothing has been learnt since."""

import json
import random
from collections import Counter

import pytest
from django.db import transaction

from privacy_portal.ground import days
from sharing.errors import NeedsApprovalError
from sharing.models import Disclosure
from sharing.releases.handing_over import hand_over
from sharing.releases.request import Request
from sharing.replay.deciding_again import decide_again
from sharing.replay.difference_rules import Unkept
from tests.commands import run
from tests.example import POLICY
from tests.sharing.deciding.worlds import (
    PURPOSES,
    as_csv,
    keep_objections,
    keep_protections,
    make_decisions,
    make_extract,
    make_newcomers,
    make_objections,
    make_policy,
    make_protections,
    make_roll,
    table,
)

pytestmark = pytest.mark.django_db
# What the cells of the file decided, or nobody's number, is not decided again.
OF_THE_FILE = {Unkept.NOBODY, Unkept.CELLS}


def stored(what, path, *options):
    assert run(what, "import", path, *options).code == 0


def test_right_after_any_hand_over_nothing_differs(write, officer, second_officer, soak):
    rng = random.Random(20261130)
    template = json.loads(POLICY.read_text())
    met = Counter()
    for number in range(400 if soak else 25):
        with transaction.atomic():
            for disclosure in handed_over(rng, template, write, officer, second_officer):
                decided = decide_again(disclosure)
                assert not decided.altered, number
                assert decided.recorded == decided.then == decided.now, number
                met[disclosure.outcome] += 1
                if decided.rows is None:
                    continue
                assert not decided.rows.differing, number
                assert {row.unkept for row in decided.rows.unkept} <= OF_THE_FILE
                met.update(row.now.reason or "whole" for row in decided.rows.same)
            transaction.set_rollback(True)
    wanted = {"refused", "reduced", "whole", "opted-out", "objected", "deceased", "too-old"}
    assert set(met) >= wanted, met


def handed_over(rng, template, write, officer, second_officer):
    """Disclosures and refusals of random extracts about a random roll."""
    policy = make_policy(rng, template)
    for agreement in policy["agreements"]:
        agreement["form"] = "named"
    stored("policy", write(json.dumps(policy), "policy.json"))
    roll = make_roll(rng)
    newcomers = make_newcomers(rng, roll)
    everybody = [*roll, *newcomers]
    stored("roll", write(table(roll), "roll.csv"))
    if newcomers:
        stored("roll", write(table(newcomers), "new.csv"))
    if decisions := make_decisions(rng, policy, everybody):
        stored("opt_outs", write(table(decisions), "o.csv"))
    keep_objections(make_objections(rng, policy, everybody), officer)
    keep_protections(make_protections(rng, everybody), officer, second_officer)
    for _ in range(4):
        headings, rows = make_extract(rng, everybody)
        if not any("".join(row).strip() for row in rows):
            continue
        path = write(as_csv([headings, *rows]), "x.csv")
        request = Request(path, "x.csv", "A", rng.choice(PURPOSES), officer)
        try:
            done = hand_over(request, clock=days.now, approved_by=second_officer)
        except NeedsApprovalError:  # together with an earlier file it shows who opted out
            continue
        if done.file:
            done.file.unlink()
        yield done.disclosure


def all_as_recorded():
    """Decides again on everything that was decided row by row."""
    disclosures = [each for each in Disclosure.objects.all() if each.decided_row_by_row]
    assert disclosures
    for disclosure in disclosures:
        assert not decide_again(disclosure).altered


def test_nor_after_some_days_at_the_desk(lived_in):
    all_as_recorded()


def test_nor_after_an_amendment(amendment_sent):
    all_as_recorded()


def test_nor_about_a_protected_pupil(protected_world):
    all_as_recorded()
