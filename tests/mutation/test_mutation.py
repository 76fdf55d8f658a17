"""What the program of mutants changes, and against which tests."""

import tomllib

import pytest

from tests.mutation import __main__ as program
from tests.mutation.mutants import mutants

SOURCES = program.rules_modules()


def test_every_module_of_rules_is_changed():
    named = {
        path
        for app in ("privacy_portal", "notices", "consent", "sharing")
        for path in (program.ROOT / app).rglob("*rules.py")
    }
    assert named == set(SOURCES.values()), "list it in pyproject.toml, in the contract of rules"


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_of_rules_is_tried_on_tests_of_rules(module):
    assert program.tests_of(module, SOURCES)


def test_survivors_are_explained_of_modules_and_functions_that_exist():
    table = tomllib.loads(
        (program.ROOT / "tests/mutation/survivors.toml").read_text(encoding="utf-8")
    )
    for module, entries in table.items():
        names = {mutant.name for mutant in mutants(module, SOURCES[module].read_text("utf-8"))}
        for entry in entries:
            assert any(name == entry or name.startswith(entry[:-1]) for name in names), entry
