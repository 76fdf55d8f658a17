"""Fixtures of the tests of letters."""

import pytest

from consent.models import (
    Pupil,
    SchoolStaff,
)
from tests.commands import run
from tests.example import TWIN
from tests.letters import HOME
from tests.rolls import ROLL_HEADINGS, pupil_row


@pytest.fixture
def roll(policy, write):
    rows = pupil_row(**HOME) + pupil_row(UPN=TWIN, Forename="Old", DOB="2010-01-01", **HOME)
    assert run("roll", "import", write(f"{ROLL_HEADINGS}\r\n{rows}")).code == 0
    return Pupil.objects.get(forename="Ella")


@pytest.fixture
def at_school(roll, secretary, client):
    SchoolStaff.objects.create(user=secretary, school=roll.school)
    client.force_login(secretary)
    return secretary
