"""Tests of the files that contributors work with: their guide, the hooks of pre-commit and the list of licences."""

import re
import subprocess
import sys

import yaml

from tests.places import ROOT


def test_the_hooks_run_what_make_checks_runs():
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.split("\nchecks: setup\n")[1].split("\n\n")[0]
    checks = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repository in configuration["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks] == checks
    assert {hook["language"] for hook in hooks} == {"system"}


def test_every_package_is_listed_with_a_licence_that_was_read():
    finished = subprocess.run(
        [sys.executable, "docs/make_licences.py", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr or "run `make docs`"


def test_the_guide_names_files_and_tests_that_exist():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([\w.]+/[\w./]*)`", guide) + re.findall(r"\]\(([\w./]+)", guide)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []
    tests = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    assert [
        name for name in re.findall(r"`(test_\w+)`", guide) if f"def {name}(" not in tests
    ] == []
