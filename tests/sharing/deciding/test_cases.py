"""Every worked case of the rulebook, and every extract of the example, through the command."""

import json

import pytest

from tests.commands import run
from tests.example import EXTRACTS
from tests.places import DATA, EXAMPLE

CASES = json.loads((DATA / "cases.json").read_text())["cases"]
POLICY = json.loads((DATA / "policy.json").read_text())


USUAL = [case for case in CASES if not case["policy_changes"]]
OTHERS = [case for case in CASES if case["policy_changes"]]


def names_of(cases):
    return [case["name"] for case in cases]


@pytest.mark.parametrize("case", USUAL, ids=names_of(USUAL))
def test_case(policy, case, write):
    decide(case, write)


@pytest.mark.django_db
@pytest.mark.parametrize("case", OTHERS, ids=names_of(OTHERS))
def test_case_of_another_policy(case, write):
    changed = write(json.dumps({**POLICY, **case["policy_changes"]}), "policy.json")
    assert run("policy", "import", changed).code == 0
    decide(case, write)


def decide(case, write):
    """Brings the roll and the opt-outs of a case in, and checks its extract."""
    assert run("roll", "import", write(case["roll"], "roll.csv")).code == 0
    if case["opt_outs"].count("\n") > 1:
        assert run("opt_outs", "import", write(case["opt_outs"], "opt_outs.csv")).code == 0
    ran = run(
        "disclosure", "check", write(case["extract"], "extract.csv"),
        "--agreement", case["agreement"], "--purpose", case["purpose"],
        "--on", case["on"], "--json",
    )  # fmt: skip
    assert json.loads(ran.out) == case["expected"]
    assert ran.code == (3 if case["expected"]["outcome"] == "refused" else 0)


@pytest.mark.django_db
def test_every_extract_gives_what_is_expected(example):
    for name, (agreement, purpose) in EXTRACTS.items():
        expected = json.loads((EXAMPLE / "extracts" / f"{name}.expected.json").read_text())
        ran = run(
            "disclosure", "check", EXAMPLE / "extracts" / f"{name}.csv",
            "--agreement", agreement, "--purpose", purpose, "--on", expected["on"], "--json",
        )  # fmt: skip
        assert json.loads(ran.out) == expected, name
        assert ran.code == (3 if expected["outcome"] == "refused" else 0)


@pytest.mark.django_db
def test_a_check_stores_nothing(example):
    from privacy_portal.ground.log.models import Head
    from sharing.models import Disclosure

    before = Head.objects.get().size
    run(
        "disclosure", "check", EXAMPLE / "extracts" / "pct-2026-11.csv",
        "--agreement", "WIG-PCT-HW", "--purpose", "height-weight-feedback",
    )  # fmt: skip
    assert Head.objects.get().size == before
    assert not Disclosure.objects.exists()
