"""Files named on the command line are those of the folder that the command is called from."""

import shutil

import pytest
from django.conf import settings

from tests.commands import run
from tests.example import POLICY, UPN
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db
# The portal's own folder has files of these names too.
NAMES = ("README.md", "package.json", "pyproject.toml", "Makefile")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder that commands are called from."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_portals_folder_has_files_of_these_names():
    for name in NAMES:
        assert (settings.BASE_DIR / name).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_release_takes_the_file_and_writes_the_other_where_the_command_is(
    name, here, pupil, officer
):
    (here / name).write_text(f"UPN,Surname\r\n{UPN},Barlow\r\n")
    done = run(
        "disclosure", "release", name, "--agreement", "WIG-CNX", "--purpose", "careers-guidance",
        "--out", "out.csv", "--by", officer.email,
    )  # fmt: skip
    assert done.code == 0, done.said
    assert (here / "out.csv").read_text().splitlines() == ["UPN,Surname", f"{UPN},Barlow"]


def test_an_extract_that_is_only_in_the_portals_folder_is_none(here, pupil, officer):
    done = run(
        "disclosure", "release", "example/wigan/extracts/fft-2026-11.csv", "--agreement", "WIG-FFT",
        "--purpose", "performance-analysis", "--out", "out.csv", "--by", officer.email,
    )  # fmt: skip
    assert done.code != 0
    assert not (here / "out.csv").exists()


def test_every_other_command_reads_and_writes_where_it_is_called(here):
    shutil.copy(POLICY, here / "package.json")
    assert run("policy", "import", "package.json").code == 0
    assert run("policy", "export", "policy-out.json").code == 0
    assert (here / "policy-out.json").stat().st_size > 1000
    shutil.copy(EXAMPLE / "roll.csv", here / "README.md")
    assert run("roll", "import", "README.md").code == 0
    shutil.copy(EXAMPLE / "opt_outs.csv", here / "Makefile")
    assert run("opt_outs", "import", "Makefile").code == 0
    (here / "pyproject.toml").write_text(
        "URN,LA (code),EstablishmentNumber,EstablishmentName,EstablishmentStatus (code)\r\n"
        "990001,359,4001,Example High School,1\r\n"
    )
    assert run("schools", "import", "pyproject.toml", "--authority", "359").code == 0
    shutil.copy(EXAMPLE / "extracts" / "fft-2026-11.csv", here / "LICENSE")
    checked = run(
        "disclosure", "check", "LICENSE", "--agreement", "WIG-FFT",
        "--purpose", "performance-analysis",
    )  # fmt: skip
    assert checked.code == 0, checked.said
    (here / "README.md").write_text("Year group,Absent\r\n7,12\r\n8,9\r\n")
    counted = run(
        "statistics", "check", "README.md", "--agreement", "WIG-PH-STATS", "--out", "safe.csv"
    )
    assert counted.code == 0, counted.said
    assert (here / "safe.csv").read_text().splitlines()[1] == "7,12"
