"""Signed notes and checkpoints read, written and checked as C2SP describes them (L3)."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from privacy_portal.ground.log.folders import signed
from privacy_portal.ground.log.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    Signature,
    Verifier,
    policy_text,
    read_checkpoint,
    read_note,
    read_verifier,
    sign,
    verified,
    verifier_of,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
LOG = "council.example.org/log"
# The example of signed-note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def checkpoint(size=5, root=bytes(32), key=KEY, origin=LOG):
    text = Checkpoint(origin, size, root).text
    return Note(text, (sign(text, origin, key),))


def cosigned(note, name="witness.example.org", key=OTHER, at=1_700_000_000):
    verifier = Verifier(name, COSIGNATURE, key.public_key().public_bytes_raw())
    message = f"cosignature/v1\ntime {at}\n{note.text}".encode()
    line = Signature(name, verifier.key_id, struct.pack(">Q", at) + key.sign(message))
    return Note(note.text, (*note.signatures, line)), verifier


def test_the_example_of_the_specification_is_read_and_holds():
    verifier = read_verifier(NEUMANN)
    assert str(verifier) == NEUMANN
    assert str(read_note(NOTE)) == NOTE
    assert [each.verifier for each in verified(read_note(NOTE), [verifier])] == [verifier]


def test_a_changed_note_is_not_by_whom_it_names():
    with pytest.raises(NoteError, match="signature of PeterNeumann is not theirs"):
        verified(read_note(NOTE.replace("answer", "Answer")), [read_verifier(NEUMANN)])


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_comes_back_as_it_was_written(size, root):
    note = read_note(str(checkpoint(size, root)))
    assert read_checkpoint(note) == Checkpoint(LOG, size, root)
    said, signatures = signed(note, [verifier_of(LOG, KEY)])
    assert (said.size, len(signatures)) == (size, 1)


def test_signatures_by_unknown_keys_are_ignored():
    note = checkpoint()
    note = Note(note.text, (*note.signatures, sign(note.text, "elsewhere.example.org", OTHER)))
    assert len(verified(note, [verifier_of(LOG, KEY)])) == 1


def test_a_checkpoint_that_another_key_signed_does_not_hold():
    with pytest.raises(NoteError, match="is not signed by the key of council"):
        signed(checkpoint(key=OTHER), [verifier_of(LOG, KEY)])


def test_a_key_signs_for_the_log_of_its_name_alone():
    text = Checkpoint("another.example.org/log", 5, bytes(32)).text
    with pytest.raises(NoteError, match="is not signed by the key of another"):
        signed(Note(text, (sign(text, LOG, KEY),)), [verifier_of(LOG, KEY)])


def test_a_cosignature_vouches_for_its_time():
    note, verifier = cosigned(checkpoint())
    (_, cosignature) = signed(read_note(str(note)), [verifier_of(LOG, KEY), verifier])[1]
    assert cosignature.at is not None
    assert cosignature.at.timestamp() == 1_700_000_000


@pytest.mark.parametrize("change", [{"data": bytes(72)}, {"data": bytes(64)}])
def test_a_cosignature_with_another_time_or_length_is_refused(change):
    note, verifier = cosigned(checkpoint())
    line = note.signatures[1]
    forged = Signature(line.name, line.key_id, change["data"])
    with pytest.raises(NoteError, match="is not theirs"):
        verified(Note(note.text, (note.signatures[0], forged)), [verifier])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\n5\n" + base64.b64encode(bytes(32)).decode() + "\n", "no signature"),
        ("a\n\n— b\n", "no signature"),
        ("a\n\nb AAAAAAAA\n", "is no signature"),
        ("a\n\n— b AAAAAA==\n", "is no signature"),
        ("a\n\n— b AAA*AAAA\n", "is no signature"),
        ("a\n\n— b AAAAAAAAA\n", "not base64"),
        ("a\n" * 40_000 + "\n— b AAAAAAAA\n", "too long"),
    ],
)
def test_what_is_no_note_is_refused(text, why):
    with pytest.raises(NoteError, match=why):
        read_note(text)


@pytest.mark.parametrize(
    "lines",
    [
        ["log", "5"],
        ["log", "05", base64.b64encode(bytes(32)).decode()],
        ["log", "-1", base64.b64encode(bytes(32)).decode()],
        ["log", "5", base64.b64encode(bytes(31)).decode()],
        ["", "5", base64.b64encode(bytes(32)).decode()],
    ],
)
def test_what_is_no_checkpoint_is_refused(lines):
    with pytest.raises(NoteError):
        read_checkpoint(Note("".join(f"{line}\n" for line in lines), ()))


@pytest.mark.parametrize("text", ["", "name", "a b+00000000+AAAA", "name+00000000+AAAA", "n+c+A"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(NoteError):
        read_verifier(text)


def test_the_policy_names_the_log_and_its_witnesses():
    _, witness = cosigned(checkpoint())
    text = policy_text([verifier_of(LOG, KEY)], [witness], "https://council.example.org/log/")
    log, second, quorum = text.splitlines()
    assert log == f"log {verifier_of(LOG, KEY)} https://council.example.org/log/"
    assert second == f"witness witness.example.org {witness}"
    assert quorum == "quorum none"
