"""Each program is one file that needs Python and `cryptography`, and nothing of the portal."""

import ast
import subprocess
import sys

import pytest

from tests.places import ROOT

PROGRAMS = ("verify_log.py", "witness.py")


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_imports_the_standard_library_and_cryptography_alone(program):
    imported = set()
    for node in ast.walk(ast.parse((ROOT / program).read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module))
    packages = {name.split(".")[0] for name in imported}
    assert packages - sys.stdlib_module_names == {"cryptography"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_is_written_for_python_3_9(program):
    tree = ast.parse((ROOT / program).read_text(), feature_version=(3, 9))
    (future, *_) = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert future.module == "__future__", "types such as `X | None` are not worked out at run time"
    newer = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("UTC", "bit_count", "pairwise", "file_digest", "batched", "walk")
    ]
    assert newer == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_says_how_to_use_it_from_any_folder(program, tmp_path):
    command = [sys.executable, "-I", "-W", "error", str(ROOT / program), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    for word in ("Exit code 0", "checkpoint", "--key" if program == "verify_log.py" else "check"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_can_be_written_to_a_terminal_without_unicode(program, tmp_path):
    command = [sys.executable, "-I", str(ROOT / program), "x’y"]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
