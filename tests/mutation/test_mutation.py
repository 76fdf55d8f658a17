"""What the program of mutants changes, and against which tests."""

import tomllib

import pytest

from tests.mutation.__main__ import ROOT, rules_modules, tests_of as tests_of_rules
from tests.mutation.mutants import mutants

SOURCES = rules_modules()


def test_every_module_of_rules_is_changed():
    named = {
        path
        for app in ("privacy_portal", "notices", "consent", "sharing")
        for path in (ROOT / app).rglob("*rules.py")
    }
    assert set(SOURCES.values()) == named, "list it in pyproject.toml, in the contract of rules"


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_of_rules_has_tests_of_its_own(module):
    first = tests_of_rules(module, SOURCES)[0]
    assert module.rpartition(".")[2] in first.read_text(encoding="utf-8")


def test_survivors_are_explained_of_modules_and_functions_that_exist():
    table = tomllib.loads((ROOT / "tests/mutation/survivors.toml").read_text(encoding="utf-8"))
    for module, entries in table.items():
        names = {mutant.name for mutant in mutants(module, SOURCES[module].read_text("utf-8"))}
        for entry in entries:
            assert any(name == entry or name.startswith(entry[:-1]) for name in names), entry
