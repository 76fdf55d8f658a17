"""Every table and every folder of private files says how long it is kept, once (R2)."""

import re
from collections import Counter

import pytest
from django.apps import apps

from privacy_portal.ground.keeping.register import Means
from privacy_portal.ground.log.append_only import APPEND_ONLY
from privacy_portal.ground.log.erasable import Erasable
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.known import NUMBERS
from sharing.keeping_register import KEEPING
from sharing.processing_record.gathering import record_on
from tests.example import DAY
from tests.places import ROOT

ELSEWHERE = {"The server’s log", "Backups"}
CODE = [*ROOT.glob("*/**/*.py")]


def folders():
    """The folders of private files that the code names."""
    named = set()
    for path in ROOT.glob("[cnps]*/**/*.py"):
        if "migrations" in path.parts or ".venv" in path.parts or "node_modules" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'PRIVATE_DIR\)? / "(\w+)"', text))
        if "private_files" in text:
            named |= set(re.findall(r'^FOLDER = "(\w+)"', text, re.M))
    return named


def test_every_table_and_folder_is_in_the_register_once():
    counted = Counter(name for kept in KEEPING for name in kept.of)
    assert [name for name, number in counted.items() if number > 1] == []
    tables = {model._meta.label for model in apps.get_models()}
    assert set(counted) - ELSEWHERE == tables | {
        f"private/{name}" for name in folders() | {"extracts", "permitted"}
    }


def test_every_keeping_time_of_the_policy_is_used_and_known():
    used = {kept.number for kept in KEEPING if kept.number}
    assert used <= set(NUMBERS)
    assert {name for name in NUMBERS if "keep" in name} <= used


def test_rows_that_can_be_emptied_are_said_to_be_and_no_others():
    means = {name: kept.means for kept in KEEPING for name in kept.of}
    for name in APPEND_ONLY:
        if not issubclass(apps.get_model(name), Erasable):
            assert means[name] in (Means.STAYS, Means.EMPTIED), name
        elif name != "sharing.AmendmentStep":
            assert means[name] is Means.EMPTIED, name


def test_the_numbers_are_those_of_the_policy():
    (kept,) = (kept for kept in KEEPING if "consent.Pupil" in kept.of)
    assert kept.until == "6 years after the pupil left the roll, and at least until they are 25"
    terms.hold({"pupil_left_years": 1, "pupil_birthday": 30}, {})
    assert kept.until == "1 year after the pupil left the roll, and at least until they are 30"


@pytest.mark.django_db
def test_the_record_of_processing_has_all_of_it(policy):
    times = record_on(DAY).keeping_times
    assert [line.what for line in times] == [kept.holds for kept in KEEPING]
