"""A witness that is killed while it writes keeps the old memory or the new one, whole.

Each run is a process of its own, killed by its own hand just before or after one call of the system.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import witness
from tests.places import ROOT
from tests.small_logs import LOG_KEY, Answer, SmallLog, cosignature_time

LOG = SmallLog(400)
# Each call on the way of a write, killed before it begins and after it ended.
KILLED = """
import os, signal, sys
import witness
name, after = sys.argv.pop(1), sys.argv.pop(1) == "after"
call = getattr(os, name)
def killed(*arguments):
    if after:
        call(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, name, killed)
witness.main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def earlier_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a witness that has seen 300 entries."""
    folder = tmp_path_factory.mktemp("witness")
    assert run(["witness.py"], "init", "dpo.example", "--state", folder / "state").code == 0
    assert check(folder / "state", LOG.publish(folder / "log", 300)).code == 0
    return folder / "state"


@pytest.fixture
def folders(earlier_state: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of that state, and the log, which now has 400 entries."""
    return shutil.copytree(earlier_state, tmp_path / "state"), LOG.publish(tmp_path / "log")


def run(program: Sequence[object], *arguments: object) -> Answer:
    command = [sys.executable, *map(str, program), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def check(state: Path, published: Path, program: Sequence[object] = ("witness.py",)) -> Answer:
    return run(program, "--state", state, "check", published, "--key", LOG_KEY.vkey)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_killed_in_the_middle_of_a_write(call, moment, folders):
    state, published = folders
    died = check(state, published, ["-c", KILLED, call, moment])
    assert died == Answer(-9, "", ""), "nothing is signed before it is remembered"
    (memory,) = witness.State(state).logs()
    size = 400 if (call, moment) == ("replace", "after") else 300
    assert memory.note.encode() == LOG.checkpoint(size)
    done = check(state, published)
    assert done.code == 0, done
    cosignature_time(done.out.encode(), witness.OwnKey.read(state / "key").vkey)
    assert sorted(file.suffix for file in state.iterdir()) == ["", "", ".json"]


def test_after_a_kill_a_log_that_shrank_is_still_refused(folders):
    state, published = folders
    assert check(state, published, ["-c", KILLED, "replace", "after"]).code == -9
    LOG.publish(published, 350)
    done = check(state, published)
    assert done.code == 3
    assert "350 entries now, 400" in done.errors


def test_the_lock_of_a_process_that_was_killed_is_free(folders):
    state, published = folders
    program = f"import os, witness\nwith witness.State(witness.Path({str(state)!r})).locked():\n os.kill(os.getpid(), 9)"
    assert run(["-c", program]).code == -9
    assert check(state, published).code == 0


def test_a_key_is_there_whole_or_not_at_all(tmp_path):
    killed = ["-c", KILLED, "fsync", "before"]
    assert run(killed, "--state", tmp_path, "init", "dpo.example").code == -9
    assert not (tmp_path / "key").exists()
    done = run(["witness.py"], "init", "dpo.example", "--state", tmp_path)
    assert done.out.startswith("dpo.example+")
