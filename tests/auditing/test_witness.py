"""A witness cosigns what has only grown, and refuses, with evidence, whatever has not."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import witness
from tests.lengths import examples
from tests.small_logs import (
    LOG_KEY,
    NEW_KEY,
    ORIGIN,
    Answer,
    SigningKey,
    SmallLog,
    answer,
    cosignature_time,
    entry,
    policy_of,
)

NAME = "dpo.example/witness"
LOG = SmallLog(600)


class Desk:
    """A witness's computer: its state folder, and the published folder that it looks at."""

    def __init__(self, folder: Path):
        self.state, self.published = folder / "state", folder / "log"

    def run(self, *arguments: object) -> Answer:
        return answer(witness.main, "--state", self.state, *arguments)

    def init(self) -> str:
        return self.run("init", NAME).out.strip()

    def check(self, log: SmallLog | None = None, size: int | None = None, *more: object) -> Answer:
        """Check, after `log` was published in place of what was there."""
        if log:
            shutil.rmtree(self.published, ignore_errors=True)
            log.publish(self.published, size)
        return self.run("check", self.published, *more)

    def memory(self) -> dict:
        (file,) = self.state.glob("*.json")
        return json.loads(file.read_bytes())

    def evidence(self) -> list[dict[str, bytes]]:
        folders = sorted((self.state / "evidence").glob("*"))
        return [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]


@pytest.fixture(autouse=True)
def no_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what was written survives a crash is tested in `test_witness_crash`."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_key_is_made_once_and_for_its_owner_only(desk):
    vkey = desk.init()
    assert re.fullmatch(re.escape(NAME) + r"\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}", vkey)
    assert (desk.state / "key").stat().st_mode & 0o777 == 0o600
    again = desk.run("init", NAME)
    assert again.code == 2
    assert "There is a key already" in again.errors
    assert vkey in desk.run("show").out


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x07b"])
def test_a_name_that_no_note_can_have_is_refused(name, desk):
    assert desk.run("init", name).code == 2


def test_the_first_check_trusts_and_says_so_with_the_key_to_compare(desk):
    vkey = desk.init()
    done = desk.check(LOG, 300)
    assert done.code == 0, done
    assert (
        "This is the first check of portal.example/log: what it has now is trusted" in done.errors
    )
    assert f"Compare it:\n{LOG_KEY.vkey}\n" in done.errors
    assert done.out.encode().startswith(LOG.body(300) + b"\n")
    cosignature_time(done.out.encode(), vkey)


def test_growth_is_checked_and_cosigned(desk):
    vkey = desk.init()
    desk.check(LOG, 300)
    done = desk.check(LOG, 600, "--out", desk.state / "note")
    assert (done.code, done.out) == (0, ""), done
    assert "has grown by 300 and changed nothing" in done.errors
    note = (desk.state / "note").read_bytes()
    assert note.startswith(LOG.body(600))
    assert cosignature_time(note, vkey) == desk.memory()["last"][0]
    again = desk.check()
    assert "has not changed since" in again.errors
    assert again.code == 0
    shown = desk.run("show").out
    assert "consistent in 3 checks, refused in 0" in shown
    assert LOG_KEY.vkey in shown


def test_what_verify_log_reads_is_what_the_witness_wrote(desk, tmp_path):
    import verify_log

    vkey = desk.init()
    note = desk.check(LOG).out.encode()
    line = note.split(b"\n\n")[1]
    (tmp_path / "checkpoint").write_bytes(LOG.checkpoint() + line)
    (tmp_path / "policy").write_text(f"log {LOG_KEY.vkey}\nwitness dpo {vkey}\nquorum dpo\n")
    done = answer(verify_log.main, tmp_path / "checkpoint", tmp_path / "policy")
    assert done.code == 0, done
    assert "cosigned by dpo on" in done.out


def test_without_a_key_growth_is_checked_and_nothing_is_signed(desk):
    done = desk.check(LOG)
    assert (done.code, done.out) == (0, "")
    assert desk.check(None, None, "--out", "note").code == 2


def test_nothing_is_said_when_all_is_well_and_that_is_wanted(desk):
    desk.init()
    done = desk.check(LOG, None, "--quiet", "--out", desk.state / "note")
    assert done == Answer(0, "", "")


def refused(desk: Desk, done: Answer, why: str) -> dict[str, bytes]:
    """Return the evidence of a refusal; nothing was signed or remembered in place of the old."""
    assert done.code == 3, done
    assert done.out == ""
    assert why in done.errors
    assert "Nothing was cosigned" in done.errors
    assert "data protection officer" in done.errors
    (evidence,) = desk.evidence()
    assert str(desk.state / "evidence") in done.errors
    assert why in evidence["what-is-wrong.txt"].decode()
    return evidence


def test_a_log_that_shrank_is_refused_and_both_notes_are_kept(desk):
    desk.init()
    desk.check(LOG, 600)
    before = desk.memory()
    evidence = refused(
        desk, desk.check(LOG, 599), "The log has become shorter: 599 entries now, 600"
    )
    assert evidence["checkpoint-before"] == LOG.checkpoint(600)
    assert evidence["checkpoint-now"] == LOG.checkpoint(599)
    assert desk.memory()["note"] == before["note"]
    desk.check()
    assert len(desk.evidence()) == len(desk.memory()["refusals"]) == 1
    assert "refused in 1" in desk.run("show").out
    assert desk.check(LOG, 600).code == 0


def test_a_log_of_the_same_size_with_other_entries_is_refused(desk):
    desk.init()
    desk.check(LOG)
    other = SmallLog([*LOG.entries[:-1], entry(599, "changed")])
    refused(desk, desk.check(other), "it has 600 entries as when it was last checked")


def test_another_history_before_what_was_added_is_refused(desk):
    desk.init()
    desk.check(LOG, 300)
    other = SmallLog([entry(0, "changed"), *LOG.entries[1:]])
    refused(desk, desk.check(other), "does not begin any more with the 300 entries")


def test_another_key_is_refused_until_somebody_says_that_it_is_right(desk):
    desk.init()
    desk.check(LOG, 300)
    LOG.publish(desk.published)
    (desk.published / "checkpoint").write_bytes(LOG.checkpoint(keys=[NEW_KEY]))
    (desk.published / "policy").write_bytes(policy_of([NEW_KEY]))
    refused(desk, desk.check(), "not signed with a key of the log that you know")
    done = desk.check(None, None, "--key", NEW_KEY.vkey)
    assert done.code == 0, done
    assert f"From now on these keys of the log are trusted:\n{NEW_KEY.vkey}" in done.errors
    assert desk.check().code == 0


def test_a_checkpoint_signed_with_the_old_key_and_the_new_is_known_by_either(desk):
    desk.init()
    desk.check(LOG, 300)
    LOG.publish(desk.published)
    (desk.published / "checkpoint").write_bytes(LOG.checkpoint(keys=[NEW_KEY, LOG_KEY]))
    assert desk.check().code == 0


def test_a_new_key_does_not_excuse_another_history(desk):
    desk.init()
    desk.check(LOG, 300)
    SmallLog([entry(1), *LOG.entries]).publish(desk.published)
    other = SmallLog([entry(1), *LOG.entries])
    (desk.published / "checkpoint").write_bytes(other.checkpoint(keys=[NEW_KEY]))
    done = desk.check(None, None, "--key", NEW_KEY.vkey)
    refused(desk, done, "does not begin any more with the 300 entries")


def test_another_origin_at_the_same_place_is_refused(desk):
    desk.init()
    desk.check(LOG, 300)
    renamed = SmallLog(LOG.entries, origin="portal.example/new")
    key = SigningKey(renamed.origin, 1, "log")
    renamed.publish(desk.published)
    (desk.published / "checkpoint").write_bytes(renamed.checkpoint(keys=[key]))
    done = desk.check(None, None, "--key", key.vkey)
    refused(desk, done, "The log calls itself portal.example/new; it was portal.example/log")


def test_one_log_shown_at_two_places_is_one_log(desk, tmp_path):
    desk.init()
    desk.check(LOG, 600)
    fork = SmallLog([*LOG.entries[:500], *(entry(number, "fork") for number in range(200))])
    done = desk.run("check", fork.publish(tmp_path / "elsewhere"))
    refused(desk, done, "does not begin any more with the 600 entries")


def test_a_wrong_signature_in_the_logs_name_is_refused(desk):
    desk.init()
    desk.check(LOG, 300)
    forged = LOG.body(400) + b"\n" + LOG.checkpoint(300).split(b"\n\n")[1]
    (desk.published / "checkpoint").write_bytes(forged)
    refused(desk, desk.check(), "signature in the log's name that is wrong")


def test_the_first_check_refuses_what_another_key_signed(desk):
    desk.init()
    done = desk.check(LOG, None, "--key", NEW_KEY.vkey)
    evidence = refused(desk, done, "not signed with a key of the log that you know")
    assert "checkpoint-before" not in evidence


def test_the_key_may_come_from_a_policy_file(desk, tmp_path):
    (tmp_path / "old").write_bytes(policy_of([NEW_KEY]))
    (tmp_path / "both").write_bytes(policy_of([NEW_KEY, LOG_KEY]))
    assert desk.check(LOG, None, "--policy", tmp_path / "old").code == 3
    assert desk.check(LOG, None, "--policy", tmp_path / "both").code == 0


@pytest.mark.parametrize(
    ("tile", "data"),
    [
        ("tile/1/000.p/5", None),
        ("tile/0/005.p/20", None),
        ("tile/0/001", None),
        ("tile/0/001", b"x"),
    ],
)
def test_a_tile_that_lies_is_told_and_named(tile, data, desk):
    desk.init()
    log = SmallLog(1300)
    desk.check(log, 300)
    log.publish(desk.published)
    file = desk.published / tile
    file.write_bytes(data or file.read_bytes()[:-1] + b"!")
    done = desk.check()
    refused(desk, done, "The published files contradict the checkpoint")
    named = tile.rsplit(".p", 1)[0] if ".p" not in tile else "the newest tiles"
    assert named in done.errors


def test_a_missing_tile_is_no_proof_of_anything(desk):
    desk.init()
    log = SmallLog(1300)
    desk.check(log, 300)
    log.publish(desk.published)
    (desk.published / "tile/0/001").unlink()
    done = desk.check()
    assert done.code == 2
    assert "tile/0/001 is missing" in done.errors
    assert desk.evidence() == []


def test_only_the_tiles_that_are_needed_are_read(desk, monkeypatch):
    log = SmallLog(65_536 + 300)
    desk.check(log, 65_000)
    log.publish(desk.published)
    names = []
    read = witness.Folder.read
    monkeypatch.setattr(
        witness.Folder,
        "read",
        lambda self, name, limit: names.append(name) or read(self, name, limit),
    )
    assert desk.check().code == 0
    assert sorted(names) == [
        "checkpoint", "tile/0/253", "tile/0/257.p/44", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1",
    ]  # fmt: skip


def test_a_second_check_at_the_same_time_is_refused(desk):
    LOG.publish(desk.published)
    with witness.State(desk.state).locked():
        done = desk.check()
    assert done.code == 2
    assert "Another check is still running" in done.errors
    assert desk.check().code == 0


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"origin": 1}'])
def test_a_damaged_memory_is_not_forgotten_but_told(data, desk):
    desk.check(LOG)
    (file,) = desk.state.glob("*.json")
    good = file.read_bytes()
    file.write_bytes(data)
    done = desk.check()
    assert done.code == 2
    assert "was damaged. Put back your copy" in done.errors
    file.write_bytes(good.replace(ORIGIN.encode(), b"another.example", 1))
    assert desk.check().code == 2


def test_a_clock_that_runs_behind_is_told(desk, time_machine):
    desk.check(LOG)
    time_machine.shift(-3600)
    done = desk.check()
    assert done.code == 2
    assert "clock is behind" in done.errors


def test_a_key_that_others_can_read_or_that_is_damaged_is_refused(desk):
    desk.init()
    file = desk.state / "key"
    file.chmod(0o640)
    assert "Others can read your key" in desk.check(LOG).errors
    file.chmod(0o600)
    good = file.read_text()
    for bad in ("", "PRIVATE+KEY+x", good.replace("dpo", "cpo"), good.replace("PRIVATE", "PUBLIC")):
        file.write_text(bad)
        assert desk.check().code == 2


@pytest.mark.parametrize("where", ["nowhere", "log/checkpoint"])
def test_where_no_log_is_published_nothing_is_checked(where, desk, tmp_path):
    LOG.publish(desk.published)
    assert desk.run("check", tmp_path / where).code == 2


def test_to_a_folder_nothing_can_be_sent(desk):
    desk.init()
    assert desk.check(LOG, None, "--send").code == 2


@pytest.mark.parametrize("policy", [b"", b"quorum none\n", b"log x+y+z\nquorum none\n"])
def test_a_policy_without_a_key_is_told(policy, desk):
    LOG.publish(desk.published, policy=policy)
    if not policy:
        (desk.published / "policy").unlink()
    assert desk.check().code == 2


def test_the_folder_of_state_is_for_its_owner_only(desk):
    desk.check(LOG)
    assert desk.state.stat().st_mode & 0o777 == 0o700
    (file,) = desk.state.glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_state_is_in_the_home_folder_unless_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert answer(witness.main, "init", NAME).code == 0
    assert (tmp_path / ".log-witness" / "key").exists()
    assert answer(witness.main, "show", "--state", tmp_path / "other").out.startswith(
        "You have no key"
    )


SIZES = st.one_of(st.integers(0, 1100), st.sampled_from([255, 256, 257, 511, 512, 513, 1024]))


@given(st.tuples(SIZES, SIZES).map(sorted))
@settings(max_examples=examples(25, 400))
def test_any_growth_is_cosigned(sizes):
    log = SmallLog(sizes[1])
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name))
        vkey = desk.init()
        for size in sizes:
            done = desk.check(log, size)
            assert done.code == 0, done
            assert cosignature_time(done.out.encode(), vkey)
            assert done.out.encode().startswith(log.body(size))


@given(st.integers(0, 700), st.integers(1, 700), st.integers(0, 700))
@settings(max_examples=examples(30, 1000))
def test_a_fork_is_refused_wherever_it_begins(shared, seen, later):
    """The witness saw one branch; the other is accepted only where it still has all that was seen."""
    log = SmallLog(max(shared, seen))
    fork = SmallLog([*log.entries[:shared], *(entry(number, "fork") for number in range(later))])
    size = len(fork.entries)
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name))
        desk.check(log, seen)
        done = desk.check(fork)
        honest = shared >= seen
        assert done.code == (0 if honest else 3), done
        assert desk.memory()["last"][1] == (size if honest else seen)


def test_a_program_that_cannot_write_its_memory_signs_nothing(desk, monkeypatch):
    desk.init()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    done = desk.check(LOG)
    assert (done.code, done.out) == (2, "")
