"""Fixtures of the tests of releases."""

import pytest

from sharing.deciding import deciding
from sharing.releases.request import Request
from tests.commands import run
from tests.example import TWIN, UPN
from tests.factories.consent import PupilFactory
from tests.factories.ground import OfficerFactory
from tests.rolls import ROLL_HEADINGS, pupil_row

UPNS = (
    "E359400125010", "U359400125011", "H359400125012", "X359400125013", "R359400125000",
    "F359400125001", "V359400125002", "F359400125030",
)  # fmt: skip


@pytest.fixture
def pupils(policy, write):
    """The pupils of the workbooks, as the roll has them."""
    surnames = ("Shown", "Shown", "Hidden", "Hidden", "Barlow", "Barlow", "Sheet", "Sheet")
    rows = [
        pupil_row(UPN=number, Surname=surname, Forename="Xlsx", DOB="2011-03-04")
        for number, surname in zip(UPNS, surnames, strict=True)
    ]
    done = run("roll", "import", write("\r\n".join([ROLL_HEADINGS, "".join(rows)]), "roll.csv"))
    assert done.code == 0, done.said


@pytest.fixture(params=["few", "many"])
def scene(committed, write, monkeypatch, request):
    """Two pupils, an officer, and an extract that names both: few, or as if they were many."""
    if request.param == "many":
        monkeypatch.setattr(deciding, "FEW", 0)
    PupilFactory(upn=UPN)
    PupilFactory(upn=TWIN, forename="Ann")
    officer = OfficerFactory(email="officer@example.org")
    path = write(f"UPN,Surname,Telephone\r\n{UPN},Barlow,1\r\n{TWIN},Barlow,2\r\n", "extract.csv")
    return Request(path, "extract.csv", "WIG-CNX", "careers-guidance", officer)
