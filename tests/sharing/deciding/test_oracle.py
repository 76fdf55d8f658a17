"""The decision engine against the oracle: random policies, rolls, decisions and extracts."""

import json
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from consent.models import (
    Pupil,
)
from privacy_portal.ground import days
from sharing.deciding import deciding
from sharing.deciding.deciding import decide, seen_for
from sharing.deciding.extracts import open_extract
from sharing.deciding.policy import load
from sharing.row_decision_rules import Permission
from tests.commands import run
from tests.example import POLICY
from tests.sharing.deciding import oracle
from tests.sharing.deciding.worlds import (
    PURPOSES,
    TODAY,
    answer_another,
    as_csv,
    keep_objections,
    keep_protections,
    keep_unwilling,
    make_decisions,
    make_extract,
    make_newcomers,
    make_objections,
    make_policy,
    make_protections,
    make_roll,
    make_unwilling,
    some,
    table,
)


@pytest.mark.django_db
def test_the_engine_decides_as_the_rulebook_says(
    write, officer, second_officer, soak, record_property, monkeypatch
):
    """200 random extracts about 100 random rolls under 20 random policies, which meet every reason;
    10,000 about 5,000 in the long run. How many rows are looked up or decided at once changes nothing."""
    rng = random.Random(20261128)
    template = json.loads(POLICY.read_text())
    met = Counter()
    policies = 1_000 if soak else 20
    for number in range(policies):
        policy = make_policy(rng, template)
        with transaction.atomic():
            stored("policy", write(json.dumps(policy), "policy.json"))
            for place in range(UNDER_ONE_POLICY):
                for name, sizes in SIZES.items():
                    monkeypatch.setattr(deciding, name, rng.choice(sizes))
                decided, same = decided_twice(rng, policy, write, officer, second_officer)
                met["possible same child"] += same
                for expected, decision in decided:
                    assert decision == expected, f"policy {number}, roll {place}"
                    met.update(expected["reasons"])
                    met.update(each["reason"] for each in expected["columns"] if each["reason"])
                    met.update(each["reason"] for each in expected["detail"])
                    met[expected["outcome"]] += 1
            transaction.set_rollback(True)
    assert not [each for each in ALL if not met[each]], met
    record_property(
        "figure",
        f"{policies * UNDER_ONE_POLICY * ABOUT_ONE_ROLL:,} random decisions as the oracle's: {dict(met)}",
    )


def decided_twice(rng, policy, write, officer, second_officer):
    """The oracle's decision and the engine's on each of some random extracts about a random roll,
    and how many pairs of its pupils may be one child."""
    roll = make_roll(rng)
    newcomers = make_newcomers(rng, roll)
    pairs = oracle.possible_same(roll, newcomers)
    two_children = [pair for pair in pairs if rng.random() < 0.2]
    open_pairs = [pair for pair in pairs if pair not in two_children]
    everybody = [*roll, *newcomers]
    decisions = make_decisions(rng, policy, everybody)
    objections = make_objections(rng, policy, everybody)
    protections = make_protections(rng, everybody)
    permissions = (
        {pupil["UPN"]: rng.choice(["with", "without"]) for pupil in some(rng, everybody)}
        if rng.random() < 0.4
        else {}
    )
    # Chosen apart, so that all else is as without them.
    unwilling = make_unwilling(random.Random(repr(everybody)), policy, everybody)
    decided = []
    with transaction.atomic():
        stored("roll", write(table(roll), "roll.csv"))
        if newcomers:
            stored("roll", write(table(newcomers), "new.csv"), "--json")
            answer_another(two_children, officer)
        if decisions:
            stored("opt_outs", write(table(decisions), "o.csv"))
        keep_objections(objections, officer)
        keep_protections(protections, officer, second_officer)
        keep_unwilling(unwilling, officer)
        permitted = {
            Pupil.objects.get(upns__upn=mark).pk: PERMISSIONS[permission]
            for mark, permission in permissions.items()
        }
        for _ in range(ABOUT_ONE_ROLL):
            headings, rows = make_extract(rng, everybody)
            if not any("".join(row).strip() for row in rows):
                rows.append(["x"] * len(headings))  # a file of rows with nothing in them is a fault
            purpose = rng.choice([*PURPOSES * 6, "p3"])
            on = TODAY + timedelta(days=rng.choice([0, 0, 0, -1, -7, -200]))
            reference = rng.choice(["A"] * 40 + ["B"])
            expected = oracle.decide(
                policy, everybody, decisions, objections, reference, purpose, on, headings, rows,
                open_pairs, protections, permissions.items(), unwilling,
            )  # fmt: skip
            loaded = load(reference, purpose, on)
            extract = open_extract(write(as_csv([headings, *rows]), "x.csv"), "x.csv", loaded)
            seen = seen_for(on, days.now())
            decided.append(
                (expected, decide(extract, loaded, seen, permitted=permitted).document())
            )
        transaction.set_rollback(True)
    return decided, len(open_pairs)


def stored(what, path, *options):
    loading = run(what, "import", path, *options)
    assert loading.code == 0, loading.said


UNDER_ONE_POLICY, ABOUT_ONE_ROLL = 5, 2
PERMISSIONS = {"with": Permission.WHOLE, "without": Permission.WITHOUT_LOCATING}
SIZES = {
    "BATCH": (1, 2, deciding.BATCH),
    "CHUNK": (1, 2, deciding.CHUNK),
    "AHEAD": (1, 2, deciding.AHEAD),
    "SEGMENT": (1, 2, deciding.SEGMENT),
    "FEW": (0, 3, deciding.FEW),
}
ALL = (
    "no-agreement", "not-signed", "not-started", "expired", "terminated", "suspended",
    "recipient-not-open", "purpose-not-covered", "no-notice", "not-in-notice", "form-mismatch",
    "unknown-item", "not-in-agreement", "item-not-in-notice", "identifying", "invalid-upn",
    "unknown-pupil", "duplicate", "details-differ", "outside-schools", "too-young", "too-old",
    "opted-out", "objected", "deceased", "protected", "nothing-permitted", "released", "reduced", "refused",
    "possible same child",
)  # fmt: skip
