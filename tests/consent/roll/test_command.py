"""What the command that imports pupils says of a long file."""

import pytest

from tests.commands import run
from tests.example import TWIN, UPN
from tests.rolls import import_roll_json, pupil_row, roll_of

pytestmark = pytest.mark.django_db
THIRD = "J352400120009"


def test_a_long_import_of_pupils_says_how_far_it_is(policy, write, monkeypatch):
    monkeypatch.setattr("consent.roll.importing.BATCH_ROWS", 2)
    monkeypatch.setattr("consent.management.commands.roll.PROGRESS_ROWS", 2)
    ran = import_roll_json(write, *[pupil_row(UPN=upn) for upn in (UPN, TWIN, THIRD)])
    assert "2 rows read" in ran.said
    assert "3 rows read" not in ran.said


def test_of_many_possible_duplicates_the_command_lists_the_first(policy, write, monkeypatch):
    monkeypatch.setattr("consent.management.commands.roll.LISTED", 1)
    import_roll_json(write, pupil_row())
    rows = roll_of(pupil_row(UPN=TWIN), pupil_row(UPN=THIRD))
    lines = run("roll", "import", write(rows, "roll.csv")).out.splitlines()
    assert lines[-2:] == [f"  line 2: {TWIN}", "  and 1 more (--json lists all)"]
