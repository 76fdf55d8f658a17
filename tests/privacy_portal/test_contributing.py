"""Tests of the files that contributors work with: their guide, the hooks of pre-commit and the list of licences."""

import re
import subprocess
import sys

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.places import ROOT


def test_the_hooks_run_what_make_checks_runs():
    makefile = (ROOT / "Makefile").read_text()
    recipes = [
        makefile.split(f"\n{target}: setup\n")[1].split("\n\n")[0]
        for target in ("check-code", "check-migrations")
    ]
    lines = "\n".join(recipes).splitlines()
    checks = [line.strip().replace("$(BIN)", ".venv/bin") for line in lines]
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


PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Folders of the data folder, and what files of others hold.
NO_PATHS = re.compile(r"private/|var$|n/a|BasicDetails/")


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_papers_name_files_and_modules_that_exist(paper):
    text = paper.read_text(encoding="utf-8")
    paths = [ROOT / path for path in re.findall(r"`([\w.-]+/[\w./-]*)`", text)]
    paths += [paper.parent / path for path in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]
    missing = [str(path.relative_to(ROOT)) for path in paths if not path.exists()]
    assert [path for path in missing if not NO_PATHS.match(path)] == []
    modules = re.findall(r"`((?:privacy_portal|notices|consent|sharing)(?:\.\w+)+)`", text)
    assert [name for name in modules if not is_in_the_code(name)] == []


def is_in_the_code(name: str) -> bool:
    """Return whether a dotted name is a module, or a name that its longest module or app holds."""
    parts = name.split(".")
    for number in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:number])
        files = [place.with_suffix(".py")] if place.with_suffix(".py").exists() else []
        if files or place.is_dir():
            files = files or list(place.rglob("*.py"))
            return number == len(parts) or any(
                re.search(rf"\b{parts[number]}\b", file.read_text(encoding="utf-8"))
                for file in files
            )
    return False


def test_papers_name_targets_of_make_that_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    texts = "\n".join(paper.read_text(encoding="utf-8") for paper in PAPERS)
    named = set(re.findall(r"(?:`|^    )make (\w+)", texts, re.MULTILINE))
    assert "run" in named
    assert named <= targets


def test_papers_name_commands_that_exist():
    texts = "\n".join(paper.read_text(encoding="utf-8") for paper in PAPERS)
    assert set(re.findall(r"manage\.py ([a-z_]+)", texts)) <= set(get_commands())


def test_commands_of_the_readme_take_what_it_shows(capsys):
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Commands\n")[1]
    block = re.findall(r"(?:^    .+\n)+", section, re.MULTILINE)[0]
    commands = [line.split() for line in re.split(r"\n|(?<=\S) {3,}", block) if line.strip()]
    assert len(commands) > 8
    for name, subcommand, *words in commands:
        with pytest.raises(SystemExit) as ended:
            load_command_class(get_commands()[name], name).run_from_argv(
                ["manage.py", name, subcommand, "--help"]
            )
        assert ended.value.code == 0
        usage = capsys.readouterr().out
        options = [word.strip("[]") for word in words if word.startswith(("--", "[--"))]
        assert [option for option in options if option not in usage] == [], name


def test_the_guide_names_what_its_files_hold():
    guide = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    pairs = re.findall(r"`([\w.]+)`(?: is)? in `([\w/.]+\.(?:py|html))`", guide)
    assert len(pairs) >= 6
    assert [
        f"{name} in {path}"
        for name, path in pairs
        if not re.search(rf"\b{name.split('.')[-1]}\b", (ROOT / path).read_text(encoding="utf-8"))
    ] == []


def test_what_no_test_runs_is_named_as_in_the_code():
    rows = re.findall(
        r"^\| `(\S+\.py)` \| `(\w+)` \|", (ROOT / "docs/coverage.md").read_text(), re.M
    )
    assert rows
    for path, function in rows:
        assert f"def {function}(" in (ROOT / path).read_text(), f"{path} has no {function}"
