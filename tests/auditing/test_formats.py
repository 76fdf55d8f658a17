"""What is not written exactly as the formats say is refused, with file and line."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

import verify_log
import witness
from tests.lengths import examples
from tests.small_logs import LOG_KEY, WITNESSES, SigningKey, SmallLog, answer, policy_of, text

LOG = SmallLog(20)
NOTE = LOG.checkpoint(keys=[LOG_KEY, WITNESSES[0]])
ROOT = NOTE.split(b"\n")[2]
SIGNATURE = NOTE.split(b"\n")[4]

MALFORMED = {
    "Windows line ends": NOTE.replace(b"\n", b"\r\n"),
    "one Windows line end": NOTE.replace(b"\n20\n", b"\n20\r\n"),
    "a leading zero": NOTE.replace(b"\n20\n", b"\n020\n"),
    "a negative size": NOTE.replace(b"\n20\n", b"\n-20\n"),
    "a plus before the size": NOTE.replace(b"\n20\n", b"\n+20\n"),
    "other digits": NOTE.replace(b"\n20\n", "\n٢٠\n".encode()),
    "an enormous size": NOTE.replace(b"\n20\n", b"\n" + b"9" * 30 + b"\n"),
    "a size in words": NOTE.replace(b"\n20\n", b"\ntwenty\n"),
    "an empty size": NOTE.replace(b"\n20\n", b"\n\n"),
    "a short root": NOTE.replace(ROOT, b"AAAA"),
    "base64 without padding": NOTE.replace(ROOT, ROOT.rstrip(b"=")),
    "base64 with bits left over": NOTE.replace(ROOT, ROOT[:-2] + b"9="),
    "base64 for addresses": NOTE.replace(ROOT, b"-" + ROOT[1:]),
    "base64 with a space": NOTE.replace(ROOT, b" " + ROOT),
    "no origin": b"\n" + NOTE.split(b"\n", 1)[1],
    "two lines only": NOTE.replace(ROOT + b"\n", b""),
    "an empty line among extensions": NOTE.replace(b"\n\n", b"\n\nmore\n\n"),
    "no empty line": NOTE.replace(b"\n\n", b"\n"),
    "no signature": NOTE.split(b"\n\n")[0] + b"\n\n",
    "the same signature twice": NOTE + SIGNATURE + b"\n",
    "no end of the last line": NOTE[:-1],
    "an empty line at the end": NOTE + b"\n",
    "another dash": NOTE.replace("—".encode(), b"-"),
    "no space after the dash": NOTE.replace("— ".encode(), "—".encode()),
    "two spaces": NOTE.replace("— ".encode(), "—  ".encode()),
    "a signature without a name": NOTE + "— AAAAAAAAAAA=\n".encode(),
    "a name with a plus": NOTE + "— a+b AAAAAAAAAAA=\n".encode(),
    "a name with a wide space": NOTE + "— a\u2003b AAAAAAAAAAA=\n".encode(),
    "a signature that is too short": NOTE + "— a AAAA\n".encode(),
    "a signature that is no base64": NOTE + "— a !!!!!!!!\n".encode(),
    "something after a signature": NOTE + "— a AAAAAAAAAAA= x\n".encode(),
    "a tab": NOTE.replace(b"portal", b"por\ttal"),
    "a zero byte": NOTE.replace(b"portal", b"por\0tal"),
    "another encoding": NOTE.replace(b"portal", b"p\xf6rtal"),
    "a byte order mark only": b"\xef\xbb\xbf",
    "nothing": b"",
}


@pytest.mark.parametrize("note", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_checkpoint_is_refused_by_both_programs(note, tmp_path):
    file = tmp_path / "checkpoint"
    file.write_bytes(note)
    done = answer(verify_log.main, "--older", file, "--key", LOG_KEY.vkey)
    assert (done.code, done.out) == (2, "")
    assert done.errors.startswith(f"{file}: ")
    done = answer(
        witness.main, "--state", tmp_path / "state", "check", tmp_path, "--key", LOG_KEY.vkey
    )
    assert done.code == 2
    assert "malformed" in done.errors


def test_a_fault_is_told_with_its_line(tmp_path):
    file = tmp_path / "checkpoint"
    for name, line in (
        ("a leading zero", 2), ("one Windows line end", 2), ("a short root", 3), ("the same signature twice", 7),
        ("a name with a plus", 7), ("a tab", 1), ("another encoding", 1),
    ):  # fmt: skip
        file.write_bytes(MALFORMED[name])
        done = answer(verify_log.main, file, "--key", LOG_KEY.vkey)
        assert done.errors.startswith(f"{file}: line {line}: "), (name, done)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
@settings(max_examples=examples(150, 2000))
def test_no_changed_byte_of_a_signed_checkpoint_is_accepted(at, other):
    changed = bytearray(NOTE)
    changed[at] ^= other
    key = verify_log.Key.read(LOG_KEY.vkey, "key")
    policy = verify_log.Policy.read(policy_of(), "policy")
    try:
        checkpoint = verify_log.Checkpoint.read(bytes(changed), "note")
    except verify_log.UnreadableError:
        return
    checkpoint.verify([key], policy)
    # Who is not known is ignored, so a change to the name in a cosignature's line loses that only.
    assert not (checkpoint.signed and checkpoint.cosigners)


def test_extension_lines_are_signed_and_read(tmp_path):
    body = LOG.body() + b"extension\n"
    note = body + b"\n" + LOG_KEY.line(body).encode()
    (tmp_path / "note").write_bytes(note)
    assert answer(verify_log.main, tmp_path / "note", "--key", LOG_KEY.vkey).code == 0


def test_sixteen_signatures_are_read(tmp_path):
    others = [SigningKey(f"other-{number}.example", 4, str(number)) for number in range(20)]
    (tmp_path / "note").write_bytes(LOG.checkpoint(keys=[*others, LOG_KEY]))
    assert answer(verify_log.main, tmp_path / "note", "--key", LOG_KEY.vkey).code == 0


PROOF = LOG.proof(11)
PROOF_LINES = PROOF.split(b"\n")
BAD_PROOFS = {
    "another version": (PROOF.replace(b"@v1", b"@v2", 1), None),
    "extra that is no base64": (PROOF.replace(b"extra ", b"extra !"), 2),
    "no number": (PROOF.replace(b"index 11\n", b""), 3),
    "a number with a zero": (PROOF.replace(b"index 11", b"index 011"), 3),
    "two numbers": (PROOF.replace(b"index 11\n", b"index 11\nindex 12\n"), 4),
    "a hash that is short": (PROOF.replace(PROOF_LINES[4], b"AAAA"), 5),
    "a bad checkpoint": (PROOF.replace(b"\n20\n", b"\n020\n"), len(PROOF_LINES) - 4),
    "no checkpoint": (b"\n".join(PROOF_LINES[:5]), None),
    "Windows line ends": (PROOF.replace(b"\n", b"\r\n"), 1),
}


@pytest.mark.parametrize(("proof", "line"), BAD_PROOFS.values(), ids=BAD_PROOFS.keys())
def test_a_malformed_proof_is_refused(proof, line, tmp_path):
    file = tmp_path / "x.tlog-proof"
    file.write_bytes(proof)
    done = answer(verify_log.main, file, "--key", LOG_KEY.vkey)
    assert done.code == 2
    assert done.errors.startswith(f"{file}: " + (f"line {line}: " if line else ""))


@pytest.mark.parametrize("change", ["cut", "longer", "swapped", "index beyond"])
def test_a_proof_with_other_hashes_proves_nothing(change, tmp_path):
    lines = [*PROOF_LINES]
    if change == "cut":
        del lines[3]
    elif change == "longer":
        lines.insert(3, lines[3])
    elif change == "swapped":
        lines[3], lines[4] = lines[4], lines[3]
    else:
        lines[2] = b"index 20"
    (tmp_path / "proof").write_bytes(b"\n".join(lines))
    done = answer(verify_log.main, tmp_path / "proof", "--key", LOG_KEY.vkey)
    assert done.code == 3
    assert "does not prove entry" in done.out


VKEY, WITNESS, OTHER = LOG_KEY.vkey, WITNESSES[0].vkey, WITNESSES[1].vkey
BAD_POLICIES = {
    "no quorum": (f"log {VKEY}\n", None),
    "two quorums": ("quorum none\nquorum none\n", 2),
    "an unknown quorum": ("quorum us\n", 1),
    "a quorum before its witness": (f"quorum a\nwitness a {WITNESS}\n", 1),
    "a log twice": (f"log {VKEY}\nlog {VKEY}\nquorum none\n", 2),
    "a witness twice": (f"witness a {WITNESS}\nwitness b {WITNESS}\nquorum none\n", 2),
    "a name twice": (f"witness a {WITNESS}\nwitness a {OTHER}\nquorum none\n", 2),
    "a witness called none": (f"witness none {WITNESS}\nquorum none\n", 1),
    "a witness with a log's key": (f"witness a {VKEY}\nquorum none\n", 1),
    "a mistyped key": (f"log {VKEY[:-3]}AA=\nquorum none\n", 1),
    "a mistyped number": (f"log {VKEY.replace('log+', 'log+0', 1)}\nquorum none\n", 1),
    "a key in capitals": (f"log {VKEY.split('+', 1)[0]}+{VKEY.split('+')[1].upper()}X+AA==\n", 1),
    "a short key": ("log a+00000000+AQ==\nquorum none\n", 1),
    "a group of none": (f"witness a {WITNESS}\ngroup g 1 none\nquorum g\n", 2),
    "a group without members": ("group g any\nquorum g\n", 1),
    "a group that needs none": (f"witness a {WITNESS}\ngroup g 0 a\nquorum g\n", 2),
    "a group that needs too many": (f"witness a {WITNESS}\ngroup g 2 a\nquorum g\n", 2),
    "a group with a zero": (f"witness a {WITNESS}\ngroup g 01 a\nquorum g\n", 2),
    "a member twice": (f"witness a {WITNESS}\ngroup g 1 a a\nquorum g\n", 2),
    "a member of two groups": (f"witness a {WITNESS}\ngroup g 1 a\ngroup h 1 a\nquorum g\n", 3),
    "a group within itself": ("group g 1 g\nquorum g\n", 1),
    "an unknown word": (f"log {VKEY}\nwhatever\nquorum none\n", 2),
    "too many words": (f"log {VKEY} a b\nquorum none\n", 1),
    "Windows line ends": (f"log {VKEY}\r\nquorum none\r\n", 1),
}


@pytest.mark.parametrize(("policy", "line"), BAD_POLICIES.values(), ids=BAD_POLICIES.keys())
def test_a_malformed_policy_is_refused(policy, line, tmp_path):
    (tmp_path / "note").write_bytes(NOTE)
    file = tmp_path / "policy"
    file.write_text(policy, newline="")
    done = answer(verify_log.main, tmp_path / "note", "--policy", file)
    assert done.code == 2, done
    assert done.errors.startswith(f"{file}: " + (f"line {line}: " if line else ""))


def test_kinds_of_keys_that_came_later_are_ignored(tmp_path):
    new, other = (f"new.example+0a0b0c0d+{text(bytes([6, *[at] * 1312]))}" for at in (1, 2))
    policy = f"log {new}\nlog {VKEY}\nwitness a {other}\nwitness b {WITNESS}\nquorum b\n"
    (tmp_path / "policy").write_text(policy)
    for name, data in (("checkpoint", NOTE), *LOG.tiles().items()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert answer(verify_log.main, tmp_path, "--policy", tmp_path / "policy").code == 0
    assert answer(witness.main, "--state", tmp_path / "state", "check", tmp_path).code == 0


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>", "not an export, checkpoint, proof or policy"),
        (b"PK\x03\x04", "control character"),
        (b"\xef\xbb\xbf{}\n{}\n", "not an export"),
        (b'{"a":1}\n{"b"', "line 2: the file stops within this line"),
    ],
)
def test_what_is_none_of_these_files_is_told(data, why, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(data)
    (tmp_path / "note").write_bytes(NOTE)
    done = answer(verify_log.main, file, tmp_path / "note", "--key", VKEY)
    assert done.code == 2
    assert str(file) in done.out + done.errors
    assert why in done.out + done.errors


def test_a_file_longer_than_its_kind_is_not_read(tmp_path):
    (tmp_path / "tile").mkdir()
    (tmp_path / "checkpoint").write_bytes(NOTE + b"x" * 1_000_000)
    done = answer(verify_log.main, tmp_path, "--key", VKEY)
    assert (done.code, "too long" in done.errors) == (2, True)
    done = answer(witness.main, "--state", tmp_path / "state", "check", tmp_path)
    assert (done.code, "longer than such a file can be" in done.errors) == (2, True)


def test_a_line_without_end_is_not_read_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(verify_log, "LINE_BYTES", 2_000_000)
    file = tmp_path / "file"
    file.write_bytes(b"{}\n{" + b" " * 5_000_000)
    (tmp_path / "note").write_bytes(NOTE)
    done = answer(verify_log.main, file, tmp_path / "note", "--key", VKEY)
    assert done.code == 2
    assert "line 2: longer than any entry" in done.out


@pytest.mark.parametrize(
    "arguments", [["nowhere"], ["--older", "nowhere"], ["."], ["--key", "x", "."], ["--nonsense"]]
)
def test_bad_usage_is_told(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = answer(verify_log.main, *arguments)
    assert done.code == 2
    assert done.errors


def test_another_program_is_told_too_what_is_unreadable(tmp_path):
    done = answer(verify_log.main, tmp_path / "nowhere", "--json")
    assert done.code == 2
    document = json.loads(done.out)
    assert document["result"] == "unreadable"
    assert "nowhere" in document["problems"][0]


def test_two_of_a_kind_cannot_be_checked_at_a_time(tmp_path):
    for name, data in (
        ("a", LOG.export()),
        ("b", LOG.export()),
        ("p", policy_of()),
        ("q", policy_of()),
    ):
        (tmp_path / name).write_bytes(data)
    assert "only one of this kind" in answer(verify_log.main, tmp_path / "a", tmp_path / "b").errors
    assert "only one of this kind" in answer(verify_log.main, tmp_path / "p", tmp_path / "q").errors
    folders: list[Path] = [LOG.publish(tmp_path / name) for name in ("one", "two")]
    assert "only one of this kind" in answer(verify_log.main, *folders).errors
