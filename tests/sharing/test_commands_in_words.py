"""Commands say in words what they did; what they print as JSON is tested with what they do."""

import pytest

from privacy_portal.ground.log import reading
from sharing.management.commands import log
from tests.commands import run
from tests.ctf import gias_row
from tests.places import EXAMPLE

pytestmark = pytest.mark.django_db
GIAS = "URN,LA (code),LA (name),EstablishmentNumber,EstablishmentName,EstablishmentStatus (code)"


def test_the_example_prints_who_signs_in_with_what(db):
    ran = run("example", "load")
    assert ran.code == 0
    assert "Sign in with one of these accounts" in ran.out
    assert "officer@example.org" in ran.out


def test_schools_that_would_be_renamed_are_named(policy, write):
    first = write(f"{GIAS}\r\n" + gias_row().rsplit(",", 3)[0] + "\r\n", "first.csv")
    assert run("schools", "import", first, "--authority", "359").code == 0
    assert "1 read" in run("schools", "import", first, "--authority", "359", "--check").out
    ran = run("schools", "import", first, "--authority", "359", "--check", "--json")
    assert '"checked_only": true' in ran.out


def test_a_policy_is_written_to_a_file_or_the_folder_is_named(policy, tmp_path):
    path = tmp_path / "policy.json"
    ran = run("policy", "export", path)
    assert f"Policy written to {path}." in ran.said
    assert run("policy", "import", path, "--check").code == 0
    ran = run("policy", "export", tmp_path / "none" / "policy.json")
    assert ran.code == 2
    assert "cannot write" in ran.said


def test_there_is_no_policy_to_export_in_an_empty_database(db):
    ran = run("policy", "export")
    assert ran.code == 2
    assert "there is no policy to export yet" in ran.said


def test_the_log_of_the_example_passes_in_words(example):
    ran = run("log", "verify")
    assert ran.code == 0
    assert ran.out.startswith("Log check passed: ")
    assert "entries read" not in ran.said


def test_a_long_check_of_the_log_says_how_far_it_is(example, monkeypatch):
    monkeypatch.setattr(log, "PROGRESS", 4)
    monkeypatch.setattr(reading, "STRETCH", 4)
    ran = run("log", "verify")
    assert ran.code == 0
    assert "4 entries read" in ran.said
    assert "8 entries read" in ran.said
    assert "5 entries read" not in ran.said


def test_a_table_cannot_be_written_where_there_is_no_folder(example, write, tmp_path):
    table = write("Year,Boys,Girls\r\n9,12,15\r\n10,20,31\r\n", "t.csv")
    ran = run(
        "statistics",
        "check",
        table,
        "--agreement",
        "WIG-PH-STATS",
        "--out",
        tmp_path / "x" / "y.csv",
    )
    assert ran.code == 2
    assert "cannot write" in ran.said


def test_the_example_is_imported_from_its_files(policy):
    ran = run("roll", "import", EXAMPLE / "roll.csv")
    assert ran.code == 0
    assert "1,500" in ran.out
