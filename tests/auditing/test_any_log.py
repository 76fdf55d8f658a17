"""Logs of any size: roots and proofs are those of the definition, and any single change is found."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings, strategies as st
from pymerkle import InmemoryTree

import verify_log
from tests.lengths import examples
from tests.small_logs import LOG_KEY, SmallLog, answer, entry


@given(st.integers(0, 1100), st.data())
@settings(max_examples=examples(30, 300))
def test_any_older_size_holds_and_the_root_is_the_one_of_pymerkle(size, data):
    log, older = SmallLog(size), data.draw(st.integers(0, size))
    roots, count = verify_log.roots_at(
        {older, size}, [log.leaves[at : at + 1024] for at in range(0, size, 1024)]
    )
    assert count == size
    theirs = InmemoryTree.init_from_entries(log.entries, algorithm="sha256")
    for each in {older, size}:
        assert roots[each] == (theirs.get_root(each) if each else verify_log.Tree().root())


@given(st.integers(1, 300), st.data())
@settings(max_examples=examples(40, 1000))
def test_every_proof_of_the_definition_is_followed_and_no_other_index(size, data):
    log = SmallLog(size)
    index = data.draw(st.integers(0, size - 1))
    proof = verify_log.Proof.read(log.proof(index), "proof")
    assert proof.holds_for(log.entries[index])
    other = data.draw(st.integers(0, size))
    proof.index = other
    assert proof.holds_for(log.entries[index]) == (other == index)


CHANGES = ("edit", "delete", "insert", "swap", "cut")


@given(st.integers(2, 700), st.sampled_from(CHANGES), st.booleans(), st.data())
@settings(max_examples=examples(40, 1000))
def test_any_single_change_is_found_and_with_published_tiles_named(size, change, tiles, data):
    """Whatever is done to the entries: an export never passes, and the first bad entry is named."""
    log = SmallLog(size)
    vouched = data.draw(st.integers(1, size), "size of the older checkpoint")
    at = data.draw(st.integers(0, size - 1), "place of the change")
    entries = [*log.entries]
    if change == "edit":
        entries[at] = entry(at, "changed")
    elif change == "delete":
        del entries[at]
    elif change == "insert":
        entries.insert(at, entry(at, "slipped in"))
    elif change == "swap":
        at = min(at, size - 2)
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
    else:
        del entries[at:]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "export").write_bytes(b"".join(each + b"\n" for each in entries))
        (folder / "older").write_bytes(log.checkpoint(vouched))
        (folder / "newest").write_bytes(log.checkpoint())
        given_files = [
            folder / "export",
            folder / "newest",
            "--older",
            folder / "older",
            "--key",
            LOG_KEY.vkey,
        ]
        if tiles:
            given_files.append(log.publish(folder / "log"))
        done = answer(verify_log.main, *given_files, "--json")
        code, found = done.code, json.loads(done.out)
    assert code == 3
    if tiles:
        assert found["first_bad_entry"] == at
    elif found["first_bad_entry"] is None:
        (*_, sentence) = [each for each in found["does_not_hold"] if "one of" in each]
        first, last = sentence.rstrip(".").split("one of ")[1].replace(",", "").split(" to ")
        assert int(first) <= at <= int(last)
