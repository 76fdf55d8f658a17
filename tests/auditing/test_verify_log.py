"""What an auditor learns from `verify_log.py`: whether the log is what checkpoints vouch for."""

import json

import pytest

import verify_log
import witness
from tests.small_logs import (
    LOG_KEY,
    NEW_KEY,
    WITNESSES,
    Answer,
    SigningKey,
    SmallLog,
    answer,
    entry,
    policy_of,
)

LOG = SmallLog(700)
KEY = ("--key", LOG_KEY.vkey)


def verify(*arguments: object) -> Answer:
    return answer(verify_log.main, *arguments)


def document(*arguments: object) -> tuple[int, dict]:
    done = verify(*arguments, "--json")
    return done.code, json.loads(done.out)


def test_an_export_is_what_a_checkpoint_vouches_for(files):
    done = verify(*files(export=LOG.export(), checkpoint=LOG.checkpoint()), *KEY)
    assert done.code == 0, done
    assert "has 700 entries" in done.out
    assert "checkpoint (size 700) is signed by the log portal.example/log" in done.out
    assert done.out.rstrip().endswith("Everything that you gave was checked, and holds.")


def test_an_older_checkpoint_is_a_beginning_of_the_export(files):
    export, newest, older = files(
        export=LOG.export(), newest=LOG.checkpoint(690), older=LOG.checkpoint(257)
    )
    done = verify(export, newest, "--older", older, *KEY)
    assert done.code == 0, done
    assert "older (size 257) is a beginning of the export" in done.out
    assert "The last 10 entries are newer than the newest checkpoint" in done.out


def test_without_a_key_it_is_said_loudly_and_is_no_success(files):
    given_files = files(export=LOG.export(), checkpoint=LOG.checkpoint())
    done = verify(*given_files)
    assert done.code == 2
    assert "NO SIGNATURE WAS CHECKED" in done.out
    meant = verify(*given_files, "--no-signatures")
    assert meant.code == 0
    assert "NO SIGNATURE WAS CHECKED" in meant.out


def test_a_published_policy_is_not_trusted_for_the_key_of_its_own_log(files, tmp_path):
    folder = LOG.publish(tmp_path / "log")
    assert verify(folder).code == 2
    assert verify(folder, *KEY).code == 0
    assert verify(folder, "--policy", folder / "policy").code == 0


def test_an_export_without_a_checkpoint_is_vouched_for_by_nobody(files):
    done = verify(*files(export=LOG.export()), *KEY)
    assert done.code == 2
    assert "No checkpoint was given" in done.out


def test_what_nothing_is_compared_with_is_no_success(files, tmp_path):
    """Each of these alone: whatever is in them, nothing was checked."""
    folder = LOG.publish(tmp_path / "log")
    (folder / "checkpoint").unlink()
    (policy, single) = files(policy=policy_of(), single=entry(0))
    for alone in (folder, policy, single):
        assert verify(alone, *KEY).code == 2, alone
    (proof, export) = files(proof=LOG.proof(3), export=SmallLog(600).export())
    assert verify(proof, export, *KEY).code == 2


def test_a_checkpoint_signed_by_somebody_else_is_told(files):
    other = SigningKey("portal.example/log", 1, "somebody else")
    given_files = files(export=LOG.export(), checkpoint=LOG.checkpoint(keys=[other]))
    done = verify(*given_files, *KEY)
    assert done.code == 3
    assert "not signed with a key that you gave" in done.out


def test_a_forged_signature_by_the_known_key_is_told_even_beside_a_good_one(files):
    good, bad = LOG.checkpoint(), LOG.checkpoint(699)
    forged = good + bad.split(b"\n\n")[1]
    done = verify(*files(export=LOG.export(), checkpoint=forged), *KEY)
    assert done.code == 3
    assert "has a wrong signature of portal.example/log" in done.out


def test_a_checkpoint_after_a_rotation_is_known_by_either_key(files):
    both = LOG.checkpoint(keys=[NEW_KEY, LOG_KEY])
    given_files = files(export=LOG.export(), checkpoint=both)
    assert verify(*given_files, *KEY).code == 0
    assert verify(*given_files, "--key", NEW_KEY.vkey).code == 0
    alone = files(export=LOG.export(), checkpoint=LOG.checkpoint(keys=[NEW_KEY]))
    assert verify(*alone, *KEY).code == 3


def test_unknown_signatures_are_ignored(files):
    stranger = SigningKey("stranger.example", 4, "stranger")
    note = LOG.checkpoint(keys=[stranger, LOG_KEY])
    assert verify(*files(export=LOG.export(), checkpoint=note), *KEY).code == 0


def test_an_export_shorter_than_its_checkpoint_is_told(files):
    short = SmallLog(600)
    code, found = document(*files(export=short.export(), checkpoint=LOG.checkpoint()), *KEY)
    assert code == 3
    assert found["first_bad_entry"] == 600
    assert "has more entries than the export" in found["does_not_hold"][0]


def test_the_last_line_names_the_first_bad_entry_as_the_others_do(files):
    """An entry that was taken out: the numbers between two checkpoints, not the end that is missing."""
    cut = SmallLog([*LOG.entries[:400], *LOG.entries[401:]])
    given_files = files(export=cut.export(), older=LOG.checkpoint(484), newest=LOG.checkpoint())
    done = verify(*given_files, *KEY)
    assert done.code == 3
    assert "the first bad entry is one of 0 to 483" in done.out
    last = done.out.splitlines()[-1]
    assert last == "The first bad entry is one of 0 to 483 (lines 1 to 484 of an export)."
    assert document(*given_files, *KEY)[1]["first_bad_entry"] is None


def test_an_entry_that_is_missing_has_no_line(files):
    given_files = files(export=SmallLog(600).export(), checkpoint=LOG.checkpoint())
    last = verify(*given_files, *KEY).out.splitlines()[-1]
    assert last == (
        "The first entry known to be bad is 600 (the export ends before it, with line 600)."
    )


def test_line_ends_that_were_changed_in_transit_are_told(files):
    export = LOG.export().replace(b"\n", b"\r\n")
    proof, single = LOG.proof(300), entry(500) + b"\r\n"
    changed, note, proof, single = files(
        changed=export, note=LOG.checkpoint(), proof=proof, single=single
    )
    done = verify(changed, note, proof, *KEY)
    assert done.code == 2, done
    assert "changed: every line ends as on Windows (CR LF)" in done.out
    assert "the line ends were changed in transit" in done.out
    (sound,) = files(sound=LOG.export())
    assert "single is entry 500" in verify(sound, note, single, *KEY).out


def test_an_export_made_before_the_newest_published_checkpoint_is_a_beginning_of_its_tree(
    files, tmp_path
):
    done = verify(*files(export=SmallLog(600).export()), LOG.publish(tmp_path / "log"), *KEY)
    assert done.code == 0, done
    assert "The export has the same entries as the published tree" in done.out


def test_an_entry_that_is_not_canonical_is_named_by_its_line(files):
    for wrong in (
        b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1.5}', b'{"a":NaN}', b'{"a":1,"a":1}', b'{"a":"\\u00e9"}',
        b'{"a":1}\r', b"[1]", b"", b'{"a"', b'{"a":"\\ud800"}', b'{"a":-0}', b'{"a":"\xff"}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ):  # fmt: skip
        log = SmallLog([entry(0), entry(1), wrong, entry(3)])
        code, found = document(*files(export=log.export(), checkpoint=log.checkpoint()), *KEY)
        assert (code, found["first_bad_entry"]) == (3, 2), wrong
        assert "line 3: not written as entries are" in found["does_not_hold"][0]


@pytest.mark.parametrize(
    "body", ['{"a":"é\\n\\u0001\\"\\\\/"}', '{"a":{"b":[1,-2,true,null]},"c":"\x7f"}', "{}"]
)
def test_canonical_entries_are_accepted(body, files):
    log = SmallLog([body.encode(), entry(1)])
    assert verify(*files(export=log.export(), checkpoint=log.checkpoint()), *KEY).code == 0


def test_a_proof_proves_its_own_entry_and_one_given_beside_it(files):
    proof, bare, single = files(
        proof=LOG.proof(300), bare=LOG.proof(300, extra=False), single=entry(300)
    )
    done = verify(proof, *KEY)
    assert done.code == 0, done
    assert "proof proves entry 300, which says:\n      event: looked-at-pupil\n" in done.out
    assert verify(bare, *KEY).code == 2
    assert verify(bare, single, *KEY).code == 0
    assert verify(proof, single, *KEY).code == 0


def test_an_entry_that_a_proof_does_not_prove_is_told(files):
    proof, other = files(proof=LOG.proof(300, extra=False), other=entry(301))
    assert verify(proof, other, *KEY).code == 2
    log = SmallLog([entry(0), entry(1, "changed"), entry(2)])
    changed = log.proof(1).replace(b"extra ", b"extra e30").replace(b"e30" + b"ey", b"e30=\n#", 1)
    assert verify(*files(changed=changed), *KEY).code == 2
    swapped = SmallLog(3).proof(1).split(b"\n")
    swapped[1] = log.proof(1).split(b"\n")[1]
    done = verify(*files(swapped=b"\n".join(swapped)), *KEY)
    assert done.code == 3
    assert "does not prove entry 1" in done.out


def test_an_entry_is_found_in_the_export_or_the_published_tree(files, tmp_path):
    export, checkpoint, single, other = files(
        export=LOG.export(),
        checkpoint=LOG.checkpoint(),
        single=entry(500) + b"\n",
        other=entry(9999),
    )
    folder = LOG.publish(tmp_path / "log")
    assert "single is entry 500" in verify(export, checkpoint, single, *KEY).out
    assert "single is entry 500" in verify(folder, "--entry", single, *KEY).out
    done = verify(folder, "--entry", other, *KEY)
    assert done.code == 3
    assert "other is not an entry of the log" in done.out


def test_a_proof_names_an_entry_that_the_export_has_changed(files):
    changed = SmallLog([*LOG.entries[:300], entry(300, "changed"), *LOG.entries[301:]])
    code, found = document(*files(export=changed.export(), proof=LOG.proof(300, 400)), *KEY)
    assert (code, found["first_bad_entry"]) == (3, 300)


def test_two_checkpoints_alone_need_the_published_tree(files, tmp_path):
    newest, older = files(newest=LOG.checkpoint(), older=LOG.checkpoint(256))
    alone = verify(newest, older, *KEY)
    assert alone.code == 2
    assert "give an export or the published files" in alone.out
    done = verify(newest, older, LOG.publish(tmp_path / "log"), *KEY)
    assert done.code == 0, done
    assert "older (size 256) is a beginning of the published tree" in done.out


def test_two_checkpoints_of_one_size_with_different_roots_are_a_fork(files):
    other = SmallLog([entry(number, "x") for number in range(700)])
    given_files = files(export=LOG.export(), one=LOG.checkpoint(), other=other.checkpoint())
    done = verify(*given_files, *KEY)
    assert done.code == 3
    assert "the log was forked" in done.out


def test_checkpoints_of_two_logs_are_bad_usage(files):
    other = SmallLog(3, origin="elsewhere.example/log")
    done = verify(*files(one=LOG.checkpoint(), other=other.checkpoint()), *KEY)
    assert done.code == 2
    assert "of several logs" in done.errors


def test_an_empty_log_and_a_log_of_one_entry(files):
    for size in (0, 1):
        log = SmallLog(size)
        assert verify(*files(export=log.export(), checkpoint=log.checkpoint()), *KEY).code == 0


def test_a_quorum_is_counted_and_times_are_shown(files):
    two = LOG.checkpoint(690, keys=[LOG_KEY, *WITNESSES[:2]], time=1_793_534_400)
    given_files = files(
        export=LOG.export(), old=two, new=LOG.checkpoint(), policy=policy_of(needed="2")
    )
    done = verify(*given_files)
    assert done.code == 0, done
    assert "cosigned by dpo on 1 November 2026 at 12:00 UTC, cosigned by bolton" in done.out
    assert "old (size 690) has the cosignatures that the policy asks for" in done.out
    assert "For entries from 690 on only the log itself vouches" in done.out
    missing = verify(*files(export=LOG.export(), old=two, policy=policy_of(needed="all")))
    assert missing.code == 3
    assert "No checkpoint has the cosignatures" in missing.out


def test_groups_of_groups_are_counted(files):
    one, two, three = (key.vkey for key in WITNESSES)
    policy = (
        f"# two levels\n\n log\t{LOG_KEY.vkey}\nwitness a {one}\nwitness b {two} https://b.example/\n"
        f"witness c {three}\ngroup ab any a b\ngroup both all ab c\nquorum both\n"
    ).encode()
    for cosigners, code in ((WITNESSES[:2], 3), (WITNESSES[1:], 0), (WITNESSES[::2], 0), ([], 3)):
        note = LOG.checkpoint(keys=[LOG_KEY, *cosigners])
        assert verify(*files(export=LOG.export(), note=note, policy=policy)).code == code


def test_a_wrong_cosignature_of_a_known_witness_is_told(files):
    note = LOG.checkpoint() + WITNESSES[0].line(LOG.body(699), 5).encode()
    done = verify(*files(export=LOG.export(), note=note, policy=policy_of()))
    assert done.code == 3
    assert "wrong signature of dpo.example" in done.out


def test_a_cosignature_says_nothing_in_place_of_the_logs_own_signature(files):
    note = LOG.checkpoint(keys=WITNESSES)
    done = verify(*files(export=LOG.export(), note=note, policy=policy_of(needed="all")))
    assert done.code == 3


def test_a_tile_that_lies_is_named(files, tmp_path):
    log = SmallLog(1500)
    folder = log.publish(tmp_path / "log")
    tile = folder / "tile/0/003"
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    done = verify(folder, *KEY)
    assert done.code == 3
    assert "tile/0/003 does not fit the tile above it" in done.out
    tile.write_bytes(b"short")
    assert "tile/0/003 has 5 bytes" in verify(folder, *KEY).out
    tile.unlink()
    missing = verify(folder, *KEY)
    assert missing.code == 2
    assert "tile/0/003 is missing" in missing.out
    log.publish(folder)
    last = folder / "tile/0/005.p/220"
    last.write_bytes(b"x" * 32 * 220)
    assert "do not lead to the root of 1,500" in verify(folder, *KEY).out


def test_the_whole_tile_serves_where_the_part_of_it_was_deleted(tmp_path):
    folder = LOG.publish(tmp_path / "log")
    folder.joinpath("checkpoint").write_bytes(LOG.checkpoint(300))
    folder.joinpath("tile/1/000.p/1").write_bytes(LOG.tiles(300)["tile/1/000.p/1"])
    assert verify(folder, *KEY).code == 0


def test_tiles_of_three_levels_are_read(tmp_path):
    log = SmallLog(65_536 + 256 + 1)
    folder = log.publish(tmp_path / "log")
    older = tmp_path / "older"
    older.write_bytes(log.checkpoint(65_535))
    done = verify(folder, older, *KEY)
    assert done.code == 0, done
    tile = folder / "tile/0/200"
    tile.write_bytes(bytes(8192))
    assert "tile/0/200 does not fit" in verify(folder, *KEY).out


def test_an_export_is_read_in_pieces(files):
    log = SmallLog([entry(number, "long" * 200) for number in range(3000)])
    older = log.checkpoint(1025)
    done = verify(*files(export=log.export(), note=log.checkpoint(), older=older), *KEY)
    assert done.code == 0, done
    cut = log.export()[:-1]
    done = verify(*files(export=cut, note=log.checkpoint()), *KEY)
    assert done.code == 2
    assert "line 3000: the file stops within this line" in done.out
    changed = log.export().replace(b'"number":2900', b'"number": 2900')
    assert "line 2901: not written as" in verify(*files(export=changed), *KEY).out


def test_where_an_older_export_leaves_the_published_tree_is_named(files, tmp_path):
    changed = SmallLog([*LOG.entries[:400], entry(400, "changed"), *LOG.entries[401:600]])
    code, found = document(*files(export=changed.export()), LOG.publish(tmp_path / "log"), *KEY)
    assert (code, found["first_bad_entry"]) == (3, 400)
    assert found["does_not_hold"] == ["From entry 400 on the export is not the published tree."]


def test_the_published_tree_may_be_of_another_log(files, tmp_path):
    other = SmallLog([entry(0, "other"), *LOG.entries[1:]])
    folder = other.publish(tmp_path / "log")
    (folder / "checkpoint").unlink()
    (folder / "policy").unlink()
    done = verify(*files(export=LOG.export(), note=LOG.checkpoint()), folder, *KEY)
    assert done.code == 3
    assert "The published files: the newest tiles do not lead to the root of 700" in done.out
    LOG.publish(folder)
    (folder / "checkpoint").unlink()
    assert verify(tmp_path / "note", folder, *KEY).code == 0


def test_an_entry_that_a_proof_proves_is_written_as_entries_are(files):
    log = SmallLog([entry(0), b'{"a": 1}'])
    done = verify(*files(proof=log.proof(1)), *KEY)
    assert done.code == 3
    assert "its entry is not written as entries are" in done.out


def test_a_proof_and_the_export_say_the_same_or_it_is_told(files):
    given_files = files(export=LOG.export(), note=LOG.checkpoint(), proof=LOG.proof(300, 400))
    assert verify(*given_files, *KEY).code == 0


@pytest.mark.parametrize(
    ("time", "words"),
    [(1 << 62, "second 4611686018427387904 after 1970"), (1 << 63, "wrong signature")],
)
def test_times_that_nobody_means(time, words, files):
    note = LOG.checkpoint(keys=[LOG_KEY, WITNESSES[0]], time=time)
    assert words in verify(*files(note=note, policy=policy_of())).out


def test_tiles_lie_where_the_format_says():
    for tile_name in (verify_log.tile_name, witness_tile_name):
        assert tile_name(0, 1234067, 256) == "tile/0/x001/x234/067"
        assert tile_name(2, 0, 256) == "tile/2/000"
        assert tile_name(1, 1000, 7) == "tile/1/x001/000.p/7"


def witness_tile_name(level: int, number: int, width: int) -> str:
    return witness.tile_name(level, number) + (f".p/{width}" if width < 256 else "")


def test_nothing_given_is_bad_usage():
    assert verify().code == 2


def test_what_a_file_says_cannot_move_the_cursor(files):
    log = SmallLog(3, origin="portal.example/\x9b2Jlog")
    key = SigningKey(log.origin, 1, "log")
    note = log.checkpoint(keys=[key])
    done = verify(*files(export=log.export(), note=note), "--key", key.vkey)
    assert done.code == 0, done
    assert "\x9b" not in done.out
