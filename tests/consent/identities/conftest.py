"""Fixtures of the tests of identities."""

import pytest

from consent.models import (
    Pupil,
)
from tests.commands import run
from tests.consent.identities.records import NEW, record_of, roll
from tests.example import TWIN, UPN
from tests.rolls import pupil_row, roll_of


@pytest.fixture
def twins(policy, write):
    """Ella, under UPN, and Adam, under TWIN: the same surname, birthday, school and parent."""
    rows = roll_of(pupil_row(), pupil_row(UPN=TWIN, Forename="Adam", Sex="M"))
    assert run("roll", "import", write(rows, "r.csv")).code == 0
    return [Pupil.objects.get(upns__upn=number) for number in (UPN, TWIN)]


@pytest.fixture
def two(policy, write):
    """Ella under her old number and, added by a later roll, under a new one."""
    roll(write, pupil_row())
    done = roll(write, pupil_row(UPN=NEW))
    assert done["possible_same_children"] == [{"line": 2, "upn": NEW}]
    return record_of(UPN), record_of(NEW)
